import type { ZodType } from 'zod';
import type { AgentDefinition } from './agent.js';

/** Makes agent definitions from parameters. Data in, data out: `build` is pure. */
export interface AgentTemplate<Parameters = unknown, Output = unknown> {
  /** Unique within one orchestrator, in kebab-case. */ readonly name: string;
  /** Version of the template; semver. @default '1.0.0' */ readonly version?: string;
  /** What the agent is good for; a planning master reads it. */ readonly description: string;
  /** Checks and completes the parameters. */ readonly parameters: ZodType<Parameters>;
  /** Name of the template it extends: that one is built first, and what `build` gives is laid over it. */
  readonly extends?: string;
  /** An example of valid parameters and a task, for documentation and conformance tests. */
  readonly example?: { readonly parameters: Parameters; readonly task: string };
  build(parameters: Parameters): AgentDefinition<Output>;
}

/** A template of any parameters, as lists hold them. */
export type AnyTemplate = Omit<AgentTemplate<never>, 'parameters' | 'example'> & {
  readonly parameters: ZodType;
  readonly example?: { readonly parameters: unknown; readonly task: string };
};

/** One member of a team. */
export type TeamMember =
  | {
      readonly template: string;
      readonly parameters?: Readonly<Record<string, unknown>>;
      readonly tools?: readonly string[];
    }
  | { readonly definition: AgentDefinition<unknown>; readonly tools?: readonly string[] };

/** What a team is made of. Keys of `members` are the names under which a team hands out its ids. */
export interface TeamDefinition<Names extends string = string> {
  readonly name: string;
  readonly members: Readonly<Record<Names, TeamMember>>;
  /** Member that gets the team's tasks; it may delegate to the others. */ readonly lead?: Names;
}

/** Makes teams from parameters. */
export interface TeamTemplate<Parameters = unknown, Names extends string = string> {
  /** Unique within one orchestrator, in kebab-case. */ readonly name: string;
  /** @default '1.0.0' */ readonly version?: string;
  readonly description: string;
  readonly parameters: ZodType<Parameters>;
  build(parameters: Parameters): TeamDefinition<Names>;
}

/** A team template of any parameters, as lists hold them. */
export type AnyTeamTemplate = Omit<TeamTemplate<never>, 'parameters'> & { readonly parameters: ZodType };

import type { AgentView } from '@master-orchestrator/contracts';
import { nearest } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { AgentFactory, type Team } from '@master-orchestrator/factory';
import { usageError } from '../cli/command-context.js';
import type { Opened } from '../project/open-orchestrator.js';
import type { AgentFile } from './agent-file.js';
import { ASSISTANT } from './assistant.js';
import { createProjectAgents, projectAgents } from './project-agents.js';
import { adoptStoredAgent, storedAgents } from './stored-agents.js';

/** Whom a command line names. */
export interface AgentChoice {
  readonly agent?: string | undefined;
  readonly template?: string | undefined;
  readonly team?: string | undefined;
  /** `name=value`, for the template or team. */ readonly param?: readonly string[] | undefined;
}

/** Asks a person which of several agents is meant. `undefined`: nobody can be asked. */
export type AskAgent = ((names: readonly string[]) => Promise<string | undefined>) | undefined;

/**
 * Creates the agent that a command line names, with those it hands work to. Where nobody is named it is the project's only
 * agent, the one called `assistant`, or, in a project without agents, a general one.
 *
 * @throws OrchestratorError USAGE_INVALID, AGENT_UNKNOWN, AGENT_INVALID, TEMPLATE_UNKNOWN and those of `createAgent`
 */
export async function chooseAgent(opened: Opened, choice: AgentChoice, ask: AskAgent): Promise<AgentView> {
  const named = [choice.agent, choice.template, choice.team].filter((name) => name !== undefined);
  if (named.length > 1) throw usageError('Give one of --agent, --template and --team, not several.');
  const parameters = parametersOf(choice.param ?? []);
  const { orchestrator } = opened;
  const factory = new AgentFactory(orchestrator);
  if (choice.team !== undefined)
    return orchestrator.getAgent((await factory.createTeam(choice.team, parameters)).leadId);
  if (choice.template !== undefined) {
    return orchestrator.getAgent(await factory.createAgent(choice.template, parameters));
  }
  if (Object.keys(parameters).length > 0) throw usageError('--param belongs to --template or --team.');
  const agents = await projectAgents(opened.project.directory);
  if (choice.agent === undefined) return standardAgent(opened, factory, agents, ask);
  if (agents.some(({ name }) => name === choice.agent)) return createNamed(opened, factory, agents, choice.agent);
  return adoptNamed(opened, factory, agents, choice.agent);
}

/** Creates the team that a command line names. */
export async function createNamedTeam(
  opened: Opened,
  team: string,
  param: readonly string[] | undefined,
): Promise<Team> {
  return new AgentFactory(opened.orchestrator).createTeam(team, parametersOf(param ?? []));
}

/**
 * Parameters out of `name=value`: a value that is JSON counts as such, any other one is text.
 *
 * @throws OrchestratorError USAGE_INVALID
 */
export function parametersOf(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw usageError(`--param takes name=value, and was given "${pair}".`);
      return [pair.slice(0, at), jsonOrText(pair.slice(at + 1))];
    }),
  );
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function standardAgent(
  opened: Opened,
  factory: AgentFactory,
  agents: readonly AgentFile[],
  ask: AskAgent,
): Promise<AgentView> {
  const names = agents.map(({ name }) => name);
  if (names.length === 0) return opened.orchestrator.getAgent(await opened.orchestrator.createAgent(ASSISTANT));
  const chosen = names.length === 1 ? names[0] : names.includes(ASSISTANT.name) ? ASSISTANT.name : await ask?.(names);
  if (chosen !== undefined) return createNamed(opened, factory, agents, chosen);
  throw usageError(`The project has ${names.length} agents. Say which one: --agent ${names.join(', --agent ')}.`);
}

async function createNamed(
  { orchestrator }: Opened,
  factory: AgentFactory,
  agents: readonly AgentFile[],
  name: string,
): Promise<AgentView> {
  const created = await createProjectAgents(orchestrator, factory, agents, [name]);
  return created.get(name) as AgentView;
}

/** An agent that an earlier run left in the store, by name or id. */
async function adoptNamed(
  { orchestrator }: Opened,
  factory: AgentFactory,
  agents: readonly AgentFile[],
  name: string,
): Promise<AgentView> {
  const stored = await storedAgents(orchestrator.engine.state);
  const found = stored.find(({ id }) => id === name) ?? stored.find(({ definition }) => definition.name === name);
  if (found !== undefined && !found.hasCode) return adoptStoredAgent(orchestrator, stored, found);
  if (factory.listTemplates().some((template) => template.kind === 'agent' && template.name === name)) {
    throw new OrchestratorError(
      'AGENT_UNKNOWN',
      `There is no agent "${name}", but a template of that name: --template ${name}.`,
    );
  }
  const known = [
    ...new Set([...agents.map((agent) => agent.name), ...stored.map(({ definition }) => definition.name)]),
  ];
  const near = nearest(name, known);
  const hint = near === undefined ? `Known: ${known.join(', ') || 'none'}.` : `Did you mean "${near}"?`;
  throw new OrchestratorError('AGENT_UNKNOWN', `There is no agent "${name}". ${hint}`);
}

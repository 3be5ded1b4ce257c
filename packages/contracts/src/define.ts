import { OrchestratorError } from '@master-orchestrator/errors';
import type { output, ZodType } from 'zod';
import type { AgentDefinition } from './agent.js';
import type { AgentTemplate, TeamTemplate } from './template.js';
import { EFFECTS, TOOL_ACCESS_LEVELS, TOOL_CATEGORIES, type Tool } from './tool.js';

/** Names that OpenAI and compatible servers accept for functions. */
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const TEMPLATE_NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** What {@link defineTool} takes; the fields with a safe default may be left out. */
export type ToolLiteral<Schema extends ZodType, Output, UserContext = unknown> = Omit<
  Tool<output<Schema>, Output, UserContext>,
  'category' | 'accessLevel' | 'effect' | 'inputSchema'
> &
  Partial<Pick<Tool<output<Schema>, Output>, 'category' | 'accessLevel' | 'effect'>> & { readonly inputSchema: Schema };

/**
 * Checks and types a tool. What is left out takes the safe side: category `custom`, accessLevel `restricted`, effect
 * `unsafe`.
 *
 * @throws OrchestratorError TOOL_INVALID, naming the field.
 */
export function defineTool<Schema extends ZodType, Output, UserContext = unknown>(
  literal: ToolLiteral<Schema, Output, UserContext>,
): Tool<output<Schema>, Output, UserContext> {
  const tool = {
    ...literal,
    category: literal.category ?? 'custom',
    accessLevel: literal.accessLevel ?? 'restricted',
    effect: literal.effect ?? 'unsafe',
  } as unknown as Tool<output<Schema>, Output, UserContext>;
  const problem = problemOfTool(tool);
  if (problem !== undefined) throw new OrchestratorError('TOOL_INVALID', problem);
  return Object.freeze(tool);
}

/** Says what is wrong with a value that should be a tool, or `undefined` where nothing is. */
export function problemOfTool(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'A tool must be an object made by defineTool().';
  const tool = value as Partial<Record<keyof Tool, unknown>>;
  const name = typeof tool.name === 'string' ? tool.name : '';
  if (!TOOL_NAME.test(name)) {
    return `Tool name ${JSON.stringify(tool.name)} must match ${TOOL_NAME.source}: letters, digits, "_" and "-", at most 64.`;
  }
  const complaint = (field: string, wanted: string): string => `Tool "${name}": ${field} must be ${wanted}.`;
  if (typeof tool.description !== 'string' || tool.description.trim() === '') {
    return complaint('description', 'a text that tells the model what the tool does');
  }
  if (!TOOL_CATEGORIES.includes(tool.category as never))
    return complaint('category', `one of ${TOOL_CATEGORIES.join(', ')}`);
  if (!TOOL_ACCESS_LEVELS.includes(tool.accessLevel as never)) {
    return complaint('accessLevel', `one of ${TOOL_ACCESS_LEVELS.join(', ')}`);
  }
  if (typeof tool.effect !== 'function' && !EFFECTS.includes(tool.effect as never)) {
    return complaint('effect', `one of ${EFFECTS.join(', ')}, or a function of the input that returns one`);
  }
  if (!isSchema(tool.inputSchema)) return complaint('inputSchema', 'a zod schema');
  if (tool.outputSchema !== undefined && !isSchema(tool.outputSchema)) return complaint('outputSchema', 'a zod schema');
  if (tool.userContextSchema !== undefined && !isSchema(tool.userContextSchema))
    return complaint('userContextSchema', 'a zod schema');
  if (typeof tool.execute !== 'function') return complaint('execute', 'an async function (input, context)');
  if (tool.cache !== undefined && tool.effect !== 'pure') return complaint('cache', 'absent unless effect is "pure"');
  return undefined;
}

/** What {@link defineTemplate} takes: `build` gets the checked parameters. */
export type TemplateLiteral<
  Schema extends ZodType,
  Output,
  UserContext = unknown,
  UserContextInput = UserContext,
> = Omit<AgentTemplate<output<Schema>, Output>, 'parameters' | 'build'> & {
  readonly parameters: Schema;
  build(parameters: output<Schema>): AgentDefinition<Output, UserContext, UserContextInput>;
};

/**
 * Checks and types an agent template.
 *
 * @throws OrchestratorError PLUGIN_INVALID when name or description do not fit.
 */
export function defineTemplate<
  Schema extends ZodType,
  Output = string,
  UserContext = unknown,
  UserContextInput = UserContext,
>(literal: TemplateLiteral<Schema, Output, UserContext, UserContextInput>): AgentTemplate<output<Schema>, Output> {
  checkTemplateHead('Template', literal);
  return Object.freeze({ version: '1.0.0', ...literal }) as unknown as AgentTemplate<output<Schema>, Output>;
}

/** What {@link defineTeamTemplate} takes. */
export type TeamTemplateLiteral<Schema extends ZodType, Names extends string> = Omit<
  TeamTemplate<output<Schema>, Names>,
  'parameters'
> & { readonly parameters: Schema };

/**
 * Checks and types a team template.
 *
 * @throws OrchestratorError PLUGIN_INVALID when name or description do not fit.
 */
export function defineTeamTemplate<Schema extends ZodType, Names extends string>(
  literal: TeamTemplateLiteral<Schema, Names>,
): TeamTemplate<output<Schema>, Names> {
  checkTemplateHead('Team template', literal);
  return Object.freeze({ version: '1.0.0', ...literal }) as unknown as TeamTemplate<output<Schema>, Names>;
}

/** Types an agent definition, so that the types of its output and its user context follow from its schemas. */
export function defineAgent<Output = string, UserContext = unknown, UserContextInput = UserContext>(
  definition: AgentDefinition<Output, UserContext, UserContextInput>,
): AgentDefinition<Output, UserContext, UserContextInput> {
  return Object.freeze({ ...definition });
}

function checkTemplateHead(
  kind: string,
  literal: { readonly name: string; readonly description: string; readonly parameters: unknown },
): void {
  if (typeof literal.name !== 'string' || !TEMPLATE_NAME.test(literal.name)) {
    throw new OrchestratorError(
      'PLUGIN_INVALID',
      `${kind} name ${JSON.stringify(literal.name)} must be kebab-case, such as "code-reviewer".`,
    );
  }
  if (typeof literal.description !== 'string' || literal.description.trim() === '') {
    throw new OrchestratorError(
      'PLUGIN_INVALID',
      `${kind} "${literal.name}": give it a description of what it is good for.`,
    );
  }
  if (!isSchema(literal.parameters)) {
    throw new OrchestratorError('PLUGIN_INVALID', `${kind} "${literal.name}": parameters must be a zod schema.`);
  }
}

/** True for a zod 4 schema of this or another installed copy of zod. */
export function isSchema(value: unknown): value is ZodType {
  return (
    typeof value === 'object' &&
    value !== null &&
    '_zod' in value &&
    typeof (value as { safeParse?: unknown }).safeParse === 'function'
  );
}

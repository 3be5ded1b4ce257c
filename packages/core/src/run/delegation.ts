import type { HandoffDefinition, ModelToolSpec } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z, type ZodType } from 'zod';
import type { AgentBook, AgentRevision } from '../agents/agent-book.js';

/** A tool through which an agent reaches another one. */
export interface DelegationTool {
  /**
   * `delegate`: the other answers and this agent goes on. `start`: the same in the background, `collect` waits for what
   * was started. `handoff`: the other takes over.
   */
  readonly mode: 'delegate' | 'start' | 'collect' | 'handoff';
  readonly agent: AgentRevision;
  readonly spec: ModelToolSpec;
  readonly handoff?: HandoffDefinition;
}

const NONE: ReadonlyMap<string, DelegationTool> = new Map();

const delegateInput = z.strictObject({ task: z.string().min(1) });

const DELEGATE_PARAMETERS = {
  type: 'object',
  properties: {
    task: {
      type: 'string',
      description: 'The whole task for that agent, with all data it needs: it sees nothing else.',
    },
  },
  required: ['task'],
  additionalProperties: false,
} as const;

const HANDOFF_PARAMETERS = {
  type: 'object',
  properties: { reason: { type: 'string', description: 'Why that agent should take over.' } },
  required: ['reason'],
  additionalProperties: false,
} as const;

/**
 * The tools an agent reaches others with, by tool name: `delegate_to_<agent>` and `transfer_to_<agent>`.
 *
 * @throws OrchestratorError AGENT_UNKNOWN when a delegate does not exist
 */
export function delegationTools(agent: AgentRevision, agents: AgentBook): ReadonlyMap<string, DelegationTool> {
  const { delegates, handoffs, canStartInBackground = false } = agent.definition;
  if (delegates === undefined && handoffs === undefined) return NONE;
  const tools = new Map<string, DelegationTool>();
  for (const name of delegates ?? []) {
    const other = agents.find(name, agent.team);
    const description =
      `Hands a task to the agent "${other.definition.name}" and returns its answer. ${other.definition.description ?? ''}`.trim();
    add(tools, {
      mode: 'delegate',
      agent: other,
      spec: {
        name: toolName('delegate_to', other),
        description,
        parameters: DELEGATE_PARAMETERS as never,
        isStrict: true,
      },
    });
    if (canStartInBackground) add(tools, startTool(other));
  }
  if (canStartInBackground && (delegates ?? []).length > 0) add(tools, collectTool(agent));
  for (const entry of handoffs ?? []) {
    const handoff = typeof entry === 'string' ? { agent: entry } : entry;
    const other = agents.find(handoff.agent, agent.team);
    const description =
      handoff.description ??
      `Lets the agent "${other.definition.name}" take over this conversation. ${other.definition.description ?? ''}`.trim();
    const parameters =
      handoff.inputSchema === undefined ? HANDOFF_PARAMETERS : z.toJSONSchema(handoff.inputSchema, { io: 'input' });
    add(tools, {
      mode: 'handoff',
      agent: other,
      handoff,
      spec: {
        name: toolName('transfer_to', other),
        description,
        parameters: parameters as never,
        isStrict: handoff.inputSchema === undefined,
      },
    });
  }
  return tools;
}

function startTool(other: AgentRevision): DelegationTool {
  const { name, description = '' } = other.definition;
  const words = `Gives a task to the agent "${name}" and goes on at once; its answer comes with collect_results. ${description}`;
  const spec = {
    name: toolName('start', other),
    description: words.trim(),
    parameters: DELEGATE_PARAMETERS as never,
    isStrict: true,
  };
  return { mode: 'start', agent: other, spec };
}

function collectTool(agent: AgentRevision): DelegationTool {
  const description = 'Waits for every task that was started in the background and gives their answers.';
  const parameters = { type: 'object', properties: {}, required: [], additionalProperties: false } as never;
  return { mode: 'collect', agent, spec: { name: 'collect_results', description, parameters, isStrict: true } };
}

/** Checks what a handing-over call says. @throws OrchestratorError TOOL_ARGUMENTS_INVALID */
export function readHandoffInput(tool: string, rawArguments: string, schema: ZodType | undefined): void {
  if (schema === undefined) return;
  let value: unknown;
  try {
    value = JSON.parse(rawArguments);
  } catch (cause) {
    throw new OrchestratorError('TOOL_ARGUMENTS_INVALID', `The arguments of "${tool}" are not JSON.`, { cause });
  }
  const checked = schema.safeParse(value);
  if (checked.success) return;
  const problems = checked.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
  throw new OrchestratorError(
    'TOOL_ARGUMENTS_INVALID',
    `"${tool}" was called with input that does not fit: ${problems.join('; ')}.`,
  );
}

/** The task a delegating call names. @throws OrchestratorError TOOL_ARGUMENTS_INVALID */
export function readDelegatedTask(tool: string, rawArguments: string): string {
  let value: unknown;
  try {
    value = JSON.parse(rawArguments);
  } catch (cause) {
    throw new OrchestratorError(
      'TOOL_ARGUMENTS_INVALID',
      `The arguments of "${tool}" are not JSON. Send {"task": "…"}.`,
      { cause },
    );
  }
  const checked = delegateInput.safeParse(value);
  if (!checked.success) {
    throw new OrchestratorError(
      'TOOL_ARGUMENTS_INVALID',
      `"${tool}" takes {"task": "…"} with the whole task as text, and nothing else.`,
    );
  }
  return checked.data.task;
}

/**
 * Guards a hand-over to another agent.
 *
 * @param chain - Agents above and including the one that hands over, outermost first.
 * @param maxDepth - How often work may be handed on below a task.
 * @throws OrchestratorError HANDOFF_CYCLE, DEPTH_LIMIT
 */
export function checkChain(chain: readonly string[], next: AgentRevision, maxDepth: number): void {
  if (chain.includes(next.id)) {
    throw new OrchestratorError(
      'HANDOFF_CYCLE',
      `Agent "${next.definition.name}" is already at work above this one: ${[...chain, next.id].join(' -> ')}. Do the task yourself or choose another agent.`,
    );
  }
  if (chain.length > maxDepth) {
    throw new OrchestratorError(
      'DEPTH_LIMIT',
      `Agents have handed work on ${chain.length - 1} times, the limit is ${maxDepth}. Do the task yourself.`,
    );
  }
}

function toolName(prefix: string, agent: AgentRevision): string {
  const slug = agent.definition.name.replaceAll(/[^a-zA-Z0-9_-]+/g, '_').replaceAll(/^_+|_+$/g, '');
  return `${prefix}_${slug}`.slice(0, 64);
}

/** Two agents whose names make the same tool name get a number behind it. */
function add(tools: Map<string, DelegationTool>, tool: DelegationTool): void {
  let { name } = tool.spec;
  for (let n = 2; tools.has(name); n += 1) name = `${tool.spec.name.slice(0, 60)}_${n}`;
  tools.set(name, { ...tool, spec: { ...tool.spec, name } });
}

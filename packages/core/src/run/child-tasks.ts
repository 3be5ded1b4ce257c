import type { TaskSpec, TaskView } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { spend } from '../tasks/task-book.js';
import { checkChain, readDelegatedTask, readHandoffInput, type DelegationTool } from './delegation.js';
import { textOfError, type Planned, type ToolAnswer } from './planned-call.js';
import { raise } from './raise.js';
import { activate, type RunContext } from './run-context.js';

/** Times one run may change hands. */
const MOST_HANDOFFS = 8;

/** A child task that was started in the background: its answer is collected later. */
export interface BackgroundChild {
  readonly id: string;
  readonly agentId: string;
  readonly agentName: string;
}

/**
 * Starts a child task for every call to another agent, all in one step. Those that were started in the background are
 * answered at once; those that are waited for come back by their call.
 */
export async function spawnChildren(context: RunContext, plans: readonly Planned[]): Promise<Map<Planned, string>> {
  const waitedFor = new Map<Planned, string>();
  const specs: TaskSpec[] = [];
  for (const planned of plans) {
    const { delegation } = planned;
    if (delegation?.mode !== 'delegate' && delegation?.mode !== 'start') continue;
    try {
      const spec = await specOfChild(context, planned, delegation);
      specs.push(spec);
      if (delegation.mode === 'delegate') waitedFor.set(planned, spec.id);
      else startInBackground(context, planned, delegation, spec.id);
    } catch (error) {
      if (!OrchestratorError.isInstance(error)) throw error;
      planned.answer = refusedAnswer(context, planned.call.name, error);
    }
  }
  if (specs.length > 0) await context.run.spawn(`t${context.turn}/spawn`, specs);
  return waitedFor;
}

/** Waits for the children of this turn, and for those in the background where the model asked for their answers. */
export async function joinChildren(
  context: RunContext,
  plans: readonly Planned[],
  children: ReadonlyMap<Planned, string>,
): Promise<void> {
  if (children.size > 0) {
    const views = await join(context, `t${context.turn}/join`, [...children.values()]);
    for (const planned of plans) {
      const view = views.find(({ id }) => id === children.get(planned));
      if (view !== undefined) planned.answer = childAnswer(context, planned.delegation?.agent.id ?? '', view);
    }
  }
  for (const planned of plans) {
    if (planned.delegation?.mode !== 'collect') continue;
    const output = await collectBackground(context, planned.key);
    planned.answer = { output: output ?? 'Nothing is at work in the background.', isError: false, outcome: 'ok' };
  }
}

/** The answers of all children in the background, or `undefined` where there are none. */
export async function collectBackground(context: RunContext, key: string): Promise<string | undefined> {
  const children = context.background.splice(0);
  if (children.length === 0) return undefined;
  const views = await join(
    context,
    `${key}/collect`,
    children.map(({ id }) => id),
  );
  const answers = children.map(({ id, agentId, agentName }) => {
    const view = views.find((each) => each.id === id);
    const answer = view === undefined ? undefined : childAnswer(context, agentId, view);
    return `## ${agentName} (${id})\n${answer?.output ?? 'no answer'}`;
  });
  return answers.join('\n\n');
}

/** Lets another agent take over: the first handoff of a turn counts, others are told so. */
export function handOver(context: RunContext, plans: readonly Planned[]): void {
  const wanted = plans.filter(({ delegation }) => delegation?.mode === 'handoff');
  wanted.forEach((planned, index) => {
    try {
      if (index > 0) throw new OrchestratorError('HANDOFF_CYCLE', 'Another agent has taken over already in this turn.');
      takeOver(context, planned, planned.delegation as DelegationTool);
    } catch (error) {
      if (!OrchestratorError.isInstance(error)) throw error;
      planned.answer = refusedAnswer(context, planned.call.name, error);
    }
  });
}

function takeOver(context: RunContext, planned: Planned, { agent, handoff }: DelegationTool): void {
  readHandoffInput(planned.call.name, planned.call.arguments, handoff?.inputSchema);
  if (context.handoffs >= MOST_HANDOFFS) {
    throw new OrchestratorError(
      'HANDOFF_CYCLE',
      `This conversation has changed hands ${context.handoffs} times. Do the task yourself and answer.`,
    );
  }
  context.handoffs += 1;
  const from = context.active.agent.definition.name;
  context.events.hold('handoff-start', { mode: 'handoff', to: agent.id, toName: agent.definition.name });
  context.filterNext = handoff?.filter;
  context.active = activate(agent, context.services, context);
  context.events.aim({ agentId: agent.id });
  context.events.hold('handoff-end', { mode: 'handoff', to: agent.id, outcome: 'completed' });
  planned.answer = {
    output: `Agent "${agent.definition.name}" has taken over from "${from}".`,
    isError: false,
    outcome: 'ok',
  };
}

async function specOfChild(context: RunContext, planned: Planned, { agent }: DelegationTool): Promise<TaskSpec> {
  const description = readDelegatedTask(planned.call.name, planned.call.arguments);
  const chain = [...context.task.record.ancestors, context.active.agent.id];
  checkChain(chain, agent, context.services.settings.delegationDepth);
  const id = `${context.task.record.id}.${planned.key.replace('/', '')}`;
  const spec = await context.services.children.prepare(context.task, id, agent, description);
  context.events.hold('handoff-start', {
    mode: 'delegate',
    to: agent.id,
    toName: agent.definition.name,
    childTaskId: id,
  });
  return spec;
}

function startInBackground(context: RunContext, planned: Planned, { agent }: DelegationTool, id: string): void {
  const agentName = agent.definition.name;
  context.background.push({ id, agentId: agent.id, agentName });
  const output = `Started: agent "${agentName}" works on it as ${id}. Go on with other work; collect_results waits for its answer.`;
  planned.answer = { output, isError: false, outcome: 'ok' };
}

/** Waits without a slot; where the run is stopped meanwhile its children are stopped too. */
async function join(context: RunContext, key: string, ids: readonly string[]): Promise<TaskView[]> {
  const cancelAll = (): void => cancelChildren(context, ids);
  context.signal.addEventListener('abort', cancelAll, { once: true });
  try {
    return await context.park('children', () => context.run.join(key, ids));
  } finally {
    context.signal.removeEventListener('abort', cancelAll);
  }
}

/** Cancels children whose answers nobody will read. */
export function cancelChildren(context: RunContext, ids: readonly string[]): void {
  for (const id of ids) void context.services.children.cancelChild(id, 'the parent task ended').catch(() => undefined);
}

/** A call to another agent that cannot be made is answered to the model. */
function refusedAnswer(context: RunContext, tool: string, error: OrchestratorError): ToolAnswer {
  raise(context, error, { kind: 'tool-call', name: tool });
  return { output: textOfError(error), isError: true, outcome: 'error' };
}

function childAnswer(context: RunContext, to: string, view: TaskView): ToolAnswer {
  const outcome = view.phase as 'completed' | 'failed' | 'cancelled' | 'skipped';
  context.events.hold('handoff-end', { mode: 'delegate', to, outcome, childTaskId: view.id });
  const result = view.result as unknown as { text: string; usage: never; costUsd?: number } | undefined;
  const known = context.services.children.spendingOf(view.id);
  if (known !== undefined) spend(context.task.spending, known.usage, known.costUsd);
  else if (result !== undefined) spend(context.task.spending, result.usage, result.costUsd);
  if (outcome === 'completed' && result !== undefined) return { output: result.text, isError: false, outcome: 'ok' };
  const error = view.error === undefined ? undefined : OrchestratorError.fromJSON(view.error);
  const ended = `The agent's task was ${outcome}${view.cancelReason === undefined ? '' : ` (${view.cancelReason})`}.`;
  return { output: error === undefined ? ended : textOfError(error), isError: true, outcome: 'error' };
}

import {
  optional,
  type Effect,
  type EventData,
  type StepPolicy,
  type StepScope,
  type ToolCallItem,
  type ToolResultItem,
  type Writable,
} from '@master-orchestrator/contracts';
import {
  concernsTask,
  redact,
  sleep,
  type HandledDecision,
  type Json,
  type OrchestratorError,
} from '@master-orchestrator/errors';
import type { PreparedCall, ReadyCall, RunOptions, ToolCallResult } from '@master-orchestrator/tools';
import { answerToDoubt } from '../tasks/doubt.js';
import { canonicalText } from './canonical-text.js';
import { requestApproval, waitForApproval, type ApprovalRequest, type ApprovalVerdict } from './approval.js';
import { handOver, joinChildren, spawnChildren } from './child-tasks.js';
import type { ObservedCall } from './loop-guard.js';
import type { FatalFailure, Planned, ToolAnswer } from './planned-call.js';
import { raise } from './raise.js';
import type { RunContext } from './run-context.js';

/** What the calls of a turn gave. */
export interface TurnCalls {
  readonly results: readonly ToolResultItem[];
  readonly calls: readonly (ObservedCall & { readonly isError: boolean })[];
  /** A tool that has failed three times in a row. */ readonly failingTool?: string;
  /** A failure that is not for the model to handle, with the position of its call. */
  readonly fatal?: FatalFailure & { readonly index: number };
}

const REPEATS: Readonly<Record<Effect, StepPolicy['repeat']>> = {
  pure: 'harmless',
  idempotent: 'harmless',
  keyed: 'deduplicated-by-key',
  unsafe: 'must-ask',
};
const FAILURES_IN_A_ROW = 3;

/**
 * Runs all calls of a turn: those that may run at once in parallel, those that need a person after the answer, those to
 * other agents as child tasks. Every call gets exactly one result, whatever happens to the others.
 */
export async function runToolCalls(context: RunContext, calls: readonly ToolCallItem[]): Promise<TurnCalls> {
  const plans: Planned[] = [];
  for (const call of calls) plans.push(plan(context, call, plans.length));
  if (!plans.some((planned) => planned.delegation !== undefined || needsApproval(planned))) {
    await runAtOnce(context, plans);
    return gather(context, plans);
  }
  const waiting = plans.filter(needsApproval);
  const requests: ApprovalRequest[] = [];
  for (const { key, call, prepared } of waiting) requests.push(await requestApproval(context, key, call, prepared));
  const children = await spawnChildren(context, plans);
  await runAtOnce(
    context,
    plans.filter((planned) => planned.prepared !== undefined && !needsApproval(planned)),
  );
  for (const [index, planned] of waiting.entries()) {
    const verdict = await waitForApproval(context, requests[index] as ApprovalRequest);
    if (verdict.isApproved) planned.approvedBy = verdict.by;
    else planned.answer = deniedAnswer(planned.call.name, verdict);
  }
  await runAtOnce(
    context,
    waiting.filter(({ answer }) => answer === undefined),
  );
  await joinChildren(context, plans, children);
  handOver(context, plans);
  return gather(context, plans);
}

function plan(context: RunContext, call: ToolCallItem, index: number): Planned {
  const key = `t${context.turn}/c${index}`;
  const delegation = context.active.delegations.get(call.name);
  if (delegation !== undefined) return { call, key, delegation };
  const prepared = context.services.tools.prepare({
    tool: call.name,
    rawArguments: call.arguments,
    agentId: context.active.agent.id,
    runId: context.runId,
    taskId: context.task.record.id,
    callId: call.callId,
    userContext: context.userContext,
  });
  return { call, key, prepared };
}

function needsApproval(planned: Planned): planned is Planned & { readonly prepared: ReadyCall } {
  return planned.prepared?.kind === 'ready' && planned.prepared.approval !== undefined;
}

async function runAtOnce(context: RunContext, plans: readonly Planned[]): Promise<void> {
  if (plans.length === 0) return;
  const limit =
    context.active.agent.definition.limits?.parallelToolCalls ?? context.services.settings.parallelToolCalls;
  for (let start = 0; start < plans.length; start += limit) {
    const end = Math.min(start + limit, plans.length);
    const steps: ReturnType<typeof stepOf>[] = [];
    for (let at = start; at < end; at += 1) steps.push(stepOf(context, plans[at] as Planned));
    const answers = await context.parallel(steps);
    for (const [index, answer] of answers.entries()) (plans[start + index] as Planned).answer = answer;
  }
}

function stepOf(
  context: RunContext,
  planned: Planned,
): { key: string; policy: StepPolicy; body(scope: StepScope): Promise<ToolAnswer> } {
  return { key: planned.key, policy: policyOf(planned), body: (scope) => runOne(context, planned, scope) };
}

function policyOf({ prepared }: Planned): StepPolicy {
  return prepared?.kind === 'ready' ? { repeat: REPEATS[prepared.effect] } : { repeat: 'harmless' };
}

/** One call with its events and its recovery. Never throws but for a cancel. */
async function runOne(context: RunContext, planned: Planned, scope: StepScope): Promise<ToolAnswer> {
  const { call } = planned;
  const prepared = planned.prepared as PreparedCall;
  const settled = scope.repeatPossible ? await settledDoubt(context, planned) : undefined;
  if (settled !== undefined) return settled;
  const shown = prepared.kind === 'ready' ? prepared.arguments : {};
  context.events.emit('tool-call-start', {
    turn: context.turn,
    callId: call.callId,
    tool: call.name,
    arguments: redact(shown),
  });
  if (prepared.kind === 'refused') return refuse(context, call, prepared);
  const { result, decision } = await runRecovered(context, planned, prepared);
  const ended: Writable<EventData['tool-call-end']> = {
    turn: context.turn,
    callId: call.callId,
    tool: call.name,
    outcome: result.outcome,
    durationMs: result.durationMs,
    bytes: result.bytes,
    excerpt: result.text.slice(0, 200),
  };
  if (result.error !== undefined) ended.error = result.error.toJSON();
  if (result.isFromCache !== undefined) ended.isFromCache = result.isFromCache;
  context.events.emit('tool-call-end', ended);
  context.signal.throwIfAborted();
  const answer: Writable<ToolAnswer> = {
    output: result.text,
    isError: result.outcome !== 'ok',
    outcome: result.outcome,
  };
  if (result.handle !== undefined) answer.isCut = true;
  const fatal = fatalOf(result.error, decision);
  if (fatal !== undefined) answer.fatal = fatal;
  return answer;
}

/** What must be done about a failure that concerns the whole task. */
function fatalOf(
  error: OrchestratorError | undefined,
  decision: HandledDecision | undefined,
): FatalFailure | undefined {
  if (error === undefined || !concernsTask(error)) return undefined;
  const stops = decision?.action === 'terminate' && decision.scope === 'orchestrator';
  return { error: error.toJSON(), action: decision?.action === 'escalate' ? 'ask' : stops ? 'stop' : 'fail' };
}

/**
 * A call that was running in a crash and may have had its effect: what the person who was asked said. Nothing where it is
 * to run (again).
 */
async function settledDoubt(context: RunContext, { call, key, prepared }: Planned): Promise<ToolAnswer | undefined> {
  if (prepared?.kind !== 'ready' || prepared.effect !== 'unsafe') return undefined;
  const answer = await answerToDoubt(context.services.desks, context.run, key);
  if (answer === undefined || answer.action === 'retry') return undefined;
  const isGiven = answer.action === 'result';
  const output = isGiven
    ? textOfJson(answer.result)
    : 'EFFECT_UNKNOWN: this call was interrupted, and whether it took effect is not known. Do not repeat it.';
  const outcome = isGiven ? 'ok' : 'unknown';
  const head = { turn: context.turn, callId: call.callId, tool: call.name };
  context.events.emit('tool-call-end', { ...head, outcome, durationMs: 0, excerpt: output.slice(0, 200) });
  return { output, isError: !isGiven, outcome };
}

function textOfJson(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function refuse(
  context: RunContext,
  call: ToolCallItem,
  prepared: Extract<PreparedCall, { kind: 'refused' }>,
): ToolAnswer {
  const error = prepared.error.toJSON();
  raise(context, prepared.error, { kind: 'tool-call', name: call.name });
  context.events.emit('tool-call-end', {
    turn: context.turn,
    callId: call.callId,
    tool: call.name,
    outcome: 'error',
    durationMs: 0,
    error,
  });
  return { output: prepared.text, isError: true, outcome: 'error' };
}

/** Runs a call and repeats it, or another tool in its place, as far as the plan of its failure allows. */
async function runRecovered(
  context: RunContext,
  planned: Planned,
  first: ReadyCall,
): Promise<{ readonly result: ToolCallResult; readonly decision?: HandledDecision }> {
  let prepared = first;
  const { name, fallbacks = [], fallbackResult } = first.tool;
  const recovery = context.services.recovery({
    kind: 'tool-call',
    name,
    context,
    tool: first.tool,
    fallbacks: () => fallbacks,
    budgetKey: (target) => `tool:${target ?? name}`,
    failuresInRow: context.failuresInRow.get(name) ?? 0,
    ...(fallbackResult === undefined ? {} : { declaredResult: fallbackResult }),
  });
  for (;;) {
    const result = await runPrepared(context, planned, prepared);
    if (result.outcome === 'ok') recovery.succeed(prepared.tool.name);
    if (result.outcome !== 'error' || result.error === undefined || context.signal.aborted) return { result };
    const decision = recovery.decide(result.error, prepared.tool.name);
    if (decision.action === 'retry' && decision.isParked !== true) {
      await sleep(context.services.clock, decision.delayMs, context.signal);
      continue;
    }
    if (decision.action === 'fallback' && 'target' in decision) {
      const other = prepareOther(context, planned, decision.target);
      if (other === undefined) return { result, decision };
      prepared = other;
      continue;
    }
    return { result: withDeclared(result, decision), decision };
  }
}

/** The result that a tool declares for the case that it fails, with a note that says so. */
function withDeclared(result: ToolCallResult, decision: HandledDecision): ToolCallResult {
  const declared = decision.action === 'skip' || ('result' in decision ? decision.action : '') === 'fallback';
  if (!declared || !('result' in decision) || decision.result === undefined) return result;
  const note = decision.action === 'skip' ? decision.note : `${result.text}\nThe declared result is given instead:`;
  return { ...result, outcome: 'ok', text: `${note}\n${JSON.stringify(decision.result)}` };
}

function prepareOther(context: RunContext, planned: Planned, tool: string): ReadyCall | undefined {
  const prepared = plan(context, { ...planned.call, name: tool }, 0).prepared;
  return prepared?.kind === 'ready' && prepared.approval === undefined ? prepared : undefined;
}

function runPrepared(
  context: RunContext,
  { call, key, approvedBy }: Planned,
  prepared: ReadyCall,
): Promise<ToolCallResult> {
  const { events } = context; // what a tool keeps of its call must not keep the whole run
  const { agent } = context.active;
  const options: Writable<RunOptions> = {
    signal: context.signal,
    agent: { id: agent.id, name: agent.definition.name },
    taskId: context.task.record.id,
    runId: context.runId,
    callId: call.callId,
    idempotencyKey: `${context.task.record.id}:${key}`,
    logger: context.services.logger,
    onProgress: (update) => events.emit('tool-call-progress', { callId: call.callId, tool: call.name, update }),
  };
  const timeoutMs = agent.definition.limits?.toolTimeoutMs;
  if (approvedBy !== undefined) options.approvedBy = approvedBy;
  if (timeoutMs !== undefined) options.timeoutMs = timeoutMs;
  return context.services.tools.run(prepared, options);
}

function gather(context: RunContext, plans: readonly Planned[]): TurnCalls {
  const counts = context.failuresInRow;
  let failingTool: string | undefined;
  let fatal: TurnCalls['fatal'];
  const results: ToolResultItem[] = [];
  const calls: TurnCalls['calls'][number][] = [];
  for (const [index, { call, answer, prepared }] of plans.entries()) {
    const { output, isError, fatal: failure } = answer ?? { output: 'cancelled', isError: true, fatal: undefined };
    const result: Writable<ToolResultItem> = { type: 'tool-result', callId: call.callId, name: call.name, output };
    if (isError) result.isError = true;
    results.push(result);
    const canonical = prepared?.kind === 'ready' ? prepared.canonicalArguments : canonicalText(call.arguments);
    calls.push({ name: call.name, arguments: canonical, output, isError });
    const count = isError ? (counts.get(call.name) ?? 0) + 1 : 0;
    counts.set(call.name, count);
    if (count === FAILURES_IN_A_ROW) {
      failingTool = call.name;
      counts.set(call.name, 0);
    }
    if (answer?.isCut === true) context.hasLargeResult = true;
    if (failure !== undefined) fatal ??= { ...failure, index };
  }
  return { results, calls, ...optional({ failingTool, fatal }) };
}

function deniedAnswer(tool: string, verdict: Extract<ApprovalVerdict, { readonly isApproved: false }>): ToolAnswer {
  const why = verdict.note === undefined ? '' : ` Reason given: ${verdict.note}.`;
  const output = `${verdict.code}: a person did not approve this call of "${tool}".${why} Do not repeat it; find another way or say what you could not do.`;
  return { output, isError: true, outcome: 'error' };
}

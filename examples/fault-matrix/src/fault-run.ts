import { defineTool, type ModelCallLimits, type OrchestratorEvent } from '@master-orchestrator/contracts';
import { createOrchestrator, type MasterOrchestrator } from '@master-orchestrator/core';
import { CLOCK, type SerializedError } from '@master-orchestrator/errors';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';
import { countingClock, startFault, type CountingClock, type FaultKind } from '@master-orchestrator/testing';
import { z } from 'zod';
import { expectationOf, inWords, type Leg } from './expectation.js';

/** One task against one fault. */
export interface FaultCase {
  readonly kind: FaultKind;
  readonly leg: Leg;
  readonly mode: 'plain' | 'stream';
  readonly api: 'responses' | 'chat';
}

/** How it went. */
export interface FaultReport {
  readonly case: FaultCase;
  /** In words: `completed`, `failed NETWORK_ERROR`. */ readonly got: string;
  /** Code of the error it ended with. */ readonly code?: string;
  /** What is not as it must be; empty where all is well. */ readonly problems: readonly string[];
}

/** Waits are as short as they may be: what counts is what is tried, not how long it takes. */
const RECOVERY = { backoff: { baseMs: 2, rateLimitBaseMs: 2, longestMs: 5 } };
/** A sound answer must have its time also on a busy machine. */
const ROOMY: ModelCallLimits = { connectMs: 10_000, headersMs: 4_000, firstTokenMs: 4_000, attemptMs: 8_000 };
/** Time for the other side to notice that a connection is closed, in milliseconds. */
const CLOSING_MS = 5_000;

const probe = defineTool({
  name: 'probe',
  description: 'Gives back that all is well.',
  inputSchema: z.object({}),
  accessLevel: 'public',
  effect: 'pure',
  execute: async () => ({ isWell: true }),
});

/** Runs one task against its fault, with an orchestrator and a server of its own, and looks at what is left of it. */
export async function runFault(faultCase: FaultCase): Promise<FaultReport> {
  const { kind, leg } = faultCase;
  const clock = countingClock();
  await using place = await startFault(kind, { tool: probe.name, times: leg === 'passing' ? 1 : Infinity });
  const orchestrator = await orchestratorAt(place.url, faultCase, clock);
  const events: OrchestratorEvent[] = [];
  orchestrator.listen('matrix', (event) => events.push(event));
  try {
    await runTask(orchestrator, faultCase);
  } finally {
    await orchestrator.shutdown({ drainMs: 0 });
  }
  const sockets = await settled(() => place.server?.openSockets ?? 0);
  const timers = await settled(() => clock.pendingTimers);
  const end = endOf(events);
  const problems = [...problemsOf(faultCase, events), ...left('socket', sockets), ...left('timer', timers)];
  return { case: faultCase, got: inWords(end), ...(end.code === undefined ? {} : { code: end.code }), problems };
}

function orchestratorAt(baseUrl: string, { api }: FaultCase, clock: CountingClock): Promise<MasterOrchestrator> {
  return createOrchestrator({
    plugins: [openaiModelPlugin({ apiKey: 'sk-loopback-0123456789', baseUrl, api, models: ['gpt-loopback'], clock })],
    tools: [probe],
    config: { recovery: RECOVERY },
    rebind: (root) => root.rebind(CLOCK, () => clock),
  });
}

async function runTask(orchestrator: MasterOrchestrator, { kind, leg, mode }: FaultCase): Promise<void> {
  const { limits } = kind;
  const model = limits !== undefined && leg === 'passing' ? roomFor(limits) : limits;
  const agentId = await orchestrator.createAgent({
    name: 'prober',
    instructions: 'Probe, then say what you found.',
    tools: [probe.name],
    ...(model === undefined ? {} : { limits: { model } }),
  });
  const taskId = await orchestrator.createTask({
    description: 'Say whether all is well.',
    agentId,
    isStreamed: mode === 'stream',
  });
  await orchestrator.executeTasks([taskId]);
}

/** Limits under which the fault still shows, and a sound answer has its time. */
function roomFor(limits: ModelCallLimits): ModelCallLimits {
  const { silenceMs = 0, attemptMs = 0 } = limits;
  // A fault that is never silent for long shows by the length of the attempt alone.
  if (silenceMs > attemptMs)
    return { ...limits, connectMs: 10_000, headersMs: 6_000, firstTokenMs: 6_000, attemptMs: 6_000 };
  return { ...limits, ...ROOMY };
}

function endOf(events: readonly OrchestratorEvent[]): { status: string; category?: string; code?: string } {
  const end = events.find((event) => event.type === 'task-end');
  if (end === undefined) return { status: 'no end' };
  const { status, error } = end.data;
  return error === undefined ? { status } : { status, category: error.category, code: error.code };
}

function problemsOf({ kind, leg }: FaultCase, events: readonly OrchestratorEvent[]): string[] {
  const problems: string[] = [];
  const ends = events.filter(({ type }) => type === 'task-end').length;
  if (ends !== 1) problems.push(`${ends} terminal events`);
  const expected = inWords(expectationOf(kind, leg));
  const got = inWords(endOf(events));
  if (got !== expected) problems.push(`${got} instead of ${expected}`);
  const first = firstFailure(events);
  if (!kind.isOfTheRun && (first === undefined || !kind.codes.includes(first.code))) {
    problems.push(`first failure ${first?.code ?? 'none'} instead of ${kind.codes.join(' or ')}`);
  }
  const [lastOfTask] = events.filter(({ taskId }) => taskId !== undefined).slice(-1);
  if (ends === 1 && lastOfTask?.type !== 'task-end') problems.push(`${lastOfTask?.type ?? 'nothing'} after the end`);
  const callIds = events.flatMap((event) => (event.type === 'tool-call-start' ? [event.data.callId] : []));
  if (new Set(callIds).size !== callIds.length) problems.push('two tool calls with one id');
  return problems;
}

function firstFailure(events: readonly OrchestratorEvent[]): SerializedError | undefined {
  return events.find((event) => event.type === 'error-raise')?.data.error;
}

function left(what: string, count: number): string[] {
  return count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'} left`];
}

/** Waits until a count is zero, for as long as closing may take; gives what it is then. */
async function settled(count: () => number): Promise<number> {
  const until = performance.now() + CLOSING_MS;
  while (count() > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
  return count();
}

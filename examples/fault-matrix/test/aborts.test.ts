import { defineTool, type OrchestratorEvent } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { CLOCK, type Clock } from '@master-orchestrator/errors';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';
import { countingClock, seededRandom, startOpenAIServer, type ScriptedAnswer } from '@master-orchestrator/testing';
import { getEventListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';

const POINTS = 500;
/** Nothing is left after 100 ms on a machine with nothing else to do; a busy one is given longer. */
const CLOSING_MS = 5_000;

/** Waits until nothing is left; gives what there is where that takes too long. */
async function left(count: () => number): Promise<number> {
  const until = performance.now() + CLOSING_MS;
  while (count() > 0 && performance.now() < until) await pause(5);
  return count();
}

const signals = new Set<AbortSignal>();
const wait = defineTool({
  name: 'wait',
  description: 'Waits.',
  inputSchema: z.object({ ms: z.number() }),
  accessLevel: 'public',
  effect: 'idempotent',
  execute: async ({ ms }, { signal }) => {
    signals.add(signal);
    await pause(ms, undefined, { signal });
    return 'waited';
  },
});

/** Two turns of parallel tools, streamed in many pieces, then an answer; a delegate takes a part. */
function answerTo(body: unknown): ScriptedAnswer {
  const { input = [] } = body as { input?: { type?: string; role?: string; content?: unknown }[] };
  const last = input.findLastIndex(({ type, role }) => type === 'message' && role === 'user');
  const done = input.slice(last).filter(({ type }) => type === 'function_call_output').length;
  const text = 'word '.repeat(20);
  if (JSON.stringify(input[last]?.content).includes('and now?')) return { text: 'Nothing more.' };
  if (JSON.stringify(input[last]?.content).includes('part')) return { text, chunkDelayMs: 1 };
  if (done === 0) return { toolCalls: [1, 2, 3].map((ms) => ({ name: 'wait', arguments: { ms } })), chunkDelayMs: 1 };
  if (done < 4)
    return {
      toolCalls: [
        { name: 'wait', arguments: { ms: 2 } },
        { name: 'delegate_to_helper', arguments: { task: 'a part' } },
      ],
      chunkDelayMs: 1,
    };
  return { text, chunkDelayMs: 1 };
}

/** A lead with a helper, both on the models of the server. */
async function startTeam(baseUrl: string, clock?: Clock) {
  const model = { apiKey: 'sk-loopback-0123456789', baseUrl, api: 'responses', models: ['gpt-loopback'] } as const;
  const orchestrator = await createOrchestrator({
    plugins: [openaiModelPlugin({ ...model, ...(clock === undefined ? {} : { clock }) })],
    tools: [wait],
    config: { maxConcurrentAgents: 64 },
    ...(clock === undefined ? {} : { rebind: (root) => root.rebind(CLOCK, () => clock) }),
  });
  await orchestrator.createAgent({ name: 'helper', instructions: 'Help.' });
  const lead = { name: 'lead', instructions: 'Lead.', tools: ['wait'], delegates: ['helper'] };
  return { orchestrator, agentId: await orchestrator.createAgent(lead) };
}

it('leaves no socket, timer or listener behind wherever a run is aborted, and conversations that can go on', async () => {
  const clock = countingClock();
  const random = seededRandom('aborts');
  await using server = await startOpenAIServer({ script: ({ body }) => answerTo(body) });
  const team = await startTeam(server.url, clock);
  await using orchestrator = team.orchestrator;
  const { agentId } = team;
  const events: OrchestratorEvent[] = [];
  /** Tasks that are to be aborted at one of their events, their children's included: how many are before it. */
  const aborts = new Map<string, { eventsLeft: number; reached(): void }>();
  orchestrator.listen('test', (event) => {
    events.push(event);
    const abort = aborts.get(event.parentTaskId ?? event.taskId ?? '');
    if (abort === undefined) return;
    abort.eventsLeft -= 1;
    if (abort.eventsLeft < 0) abort.reached();
  });
  const start = (sessionId: string) =>
    orchestrator.createTask({ description: 'go', agentId, sessionId, isStreamed: true });

  await orchestrator.executeTask(await start('warm-up'));
  const eventsOfRun = events.length;
  const timersAtRest = clock.pendingTimers;

  const outcomes = new Map<string, number>();
  const abortOne = async (n: number): Promise<void> => {
    const taskId = await start(`session ${n}`);
    const eventsLeft = Math.floor(random() * eventsOfRun);
    const reached = new Promise<void>((resolve) => aborts.set(taskId, { eventsLeft, reached: resolve }));
    const ended = orchestrator.executeTask(taskId).then(
      () => 'completed',
      ({ code }: { code: string }) => code,
    );
    await Promise.race([reached, ended]);
    await pause(random() * 3);
    await orchestrator.cancelTask(taskId);
    aborts.delete(taskId);
    const outcome = await ended;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  };
  for (let n = 0; n < POINTS; n += 10) await Promise.all(Array.from({ length: 10 }, (_, m) => abortOne(n + m)));
  expect([...outcomes.keys()].toSorted()).toEqual(['CANCELLED', 'completed']);
  expect(outcomes.get('CANCELLED')).toBeGreaterThan(POINTS / 2);

  // The service refuses a conversation with a call that has no result.
  for (let n = 0; n < POINTS; n += 1) {
    const next = await orchestrator.createTask({ description: 'and now?', agentId, sessionId: `session ${n}` });
    await expect(orchestrator.executeTask(next)).resolves.toMatchObject({ text: 'Nothing more.' });
  }
  expect(server.requests.filter(({ outcome }) => outcome === 'refused')).toEqual([]);

  expect(await left(() => clock.pendingTimers - timersAtRest)).toBe(0);
  expect(server.requests.filter(({ outcome }) => outcome === 'open')).toEqual([]);
  // Kept sockets serve the next requests; none is in the middle of an answer.
  await orchestrator.shutdown({ drainMs: 0 });
  expect(await left(() => server.openSockets)).toBe(0);
  for (const signal of signals) expect(getEventListeners(signal, 'abort')).toEqual([]);
  const ends = new Map<string, number>();
  for (const { type, taskId = '' } of events) if (type === 'task-end') ends.set(taskId, (ends.get(taskId) ?? 0) + 1);
  expect([...ends.values()].every((times) => times === 1)).toBe(true);
  expect(ends.size).toBe(
    new Set(events.flatMap(({ type, taskId }) => (type === 'task-queue' && taskId !== undefined ? [taskId] : []))).size,
  );
}, 120_000);

it('goes on with the conversation after an abort: the service accepts the next request', async () => {
  const random = seededRandom('sessions');
  await using server = await startOpenAIServer({ script: ({ body }) => answerTo(body) });
  const team = await startTeam(server.url);
  await using orchestrator = team.orchestrator;
  const { agentId } = team;
  for (let n = 0; n < 20; n += 1) {
    const taskId = await orchestrator.createTask({ description: `go ${n}`, agentId, sessionId: 's', isStreamed: true });
    const result = orchestrator.executeTask(taskId);
    result.catch(() => undefined);
    await pause(random() * 60);
    await orchestrator.cancelTask(taskId);
    await result.catch(() => undefined);
  }
  const last = await orchestrator.createTask({ description: 'and now?', agentId, sessionId: 's' });
  await expect(orchestrator.executeTask(last)).resolves.toMatchObject({ status: 'completed' });
  expect(server.requests.filter(({ outcome }) => outcome === 'refused')).toEqual([]);
}, 60_000);

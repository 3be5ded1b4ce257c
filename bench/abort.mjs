// How soon a cancelled task is at rest: until the abort signal reached each running model call and tool, its children's
// included, and until no request, tool or timer of it is left. One task after the other, each cancelled at a random point.
// Needs a build: tsc -b.   node bench/abort.mjs [--aborts 500] [--seed 1]
import { defineTool } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { CLOCK } from '@master-orchestrator/errors';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';
import { countingClock, seededRandom, startOpenAIServer } from '@master-orchestrator/testing';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { readOptions } from './arguments.mjs';

const GOALS = { reached: 50, rest: 100 };
const values = readOptions(
  { aborts: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
  { texts: ['seed'] },
);
const aborts = Number(values.aborts);
const random = seededRandom(values.seed);

/** What runs now: each model call and tool call, with the moment its signal came. */
const running = new Set();

async function watched(signal, body) {
  const call = { abortedAt: signal.aborted ? performance.now() : undefined };
  const onAbort = () => (call.abortedAt = performance.now());
  signal.addEventListener('abort', onAbort);
  running.add(call);
  try {
    return await body();
  } finally {
    signal.removeEventListener('abort', onAbort);
    running.delete(call);
  }
}

const wait = defineTool({
  name: 'wait',
  description: 'Waits.',
  inputSchema: z.object({ ms: z.number() }),
  accessLevel: 'public',
  effect: 'idempotent',
  execute: ({ ms }, { signal }) =>
    watched(signal, async () => {
      await pause(ms, undefined, { signal });
      return 'waited';
    }),
});

/** A turn of three tools, one of a tool and a delegate, then an answer; every answer comes in many pieces. */
function answerTo({ body: { input = [] } }) {
  const last = input.findLastIndex(({ role }) => role === 'user');
  const done = input.slice(last).filter(({ type }) => type === 'function_call_output').length;
  const waits = (count) => Array.from({ length: count }, () => ({ name: 'wait', arguments: { ms: 15 } }));
  if (done > 3 || JSON.stringify(input[last]?.content).includes('a part'))
    return { text: 'word '.repeat(20), chunkDelayMs: 1 };
  if (done === 0) return { toolCalls: waits(3), chunkDelayMs: 1 };
  const delegation = { name: 'delegate_to_helper', arguments: { task: 'a part' } };
  return { toolCalls: [...waits(1), delegation], chunkDelayMs: 1 };
}

/** The plugin, each model call watched. */
function watchedModels(plugin) {
  const models = plugin.contributes.models.map((provider) => {
    const respond = (request, options) => watched(options.signal, () => provider.respond(request, options));
    return new Proxy(provider, {
      get: (target, key) => {
        if (key === 'respond') return respond;
        const value = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  });
  return { ...plugin, contributes: { ...plugin.contributes, models } };
}

const clock = countingClock();
const openRequests = (from) => server.requests.slice(from).filter(({ outcome }) => outcome === 'open').length;

await using server = await startOpenAIServer({ script: answerTo });
const model = openaiModelPlugin({
  apiKey: 'sk-loopback',
  baseUrl: server.url,
  api: 'responses',
  models: ['bench'],
  clock,
});
await using orchestrator = await createOrchestrator({
  plugins: [watchedModels(model)],
  tools: [wait],
  rebind: (root) => root.rebind(CLOCK, () => clock),
});
await orchestrator.createAgent({ name: 'helper', instructions: 'Help.' });
const lead = { name: 'lead', instructions: 'Lead.', tools: ['wait'], delegates: ['helper'] };
const agentId = await orchestrator.createAgent(lead);
const start = async () => {
  const taskId = await orchestrator.createTask({ description: 'go', agentId, isStreamed: true });
  return { taskId, ended: orchestrator.executeTask(taskId).catch(({ code }) => code) };
};

for (let n = 0; n < 20; n += 1) await (await start()).ended;
// The first answers that are lost load the tokenizer (some 400 ms, once), to estimate what they cost.
for (let n = 0; n < 5; n += 1) {
  const { taskId, ended } = await start();
  await pause(40);
  await orchestrator.cancelTask(taskId);
  await ended;
}
const startedAt = performance.now();
await (
  await start()
).ended;
const wholeMs = performance.now() - startedAt;
await pause(200);
const timersAtRest = clock.pendingTimers;

const seen = { reached: [], rest: [] };
const kinds = new Map();
for (let n = 0; n < aborts; n += 1) {
  const from = server.requests.length;
  const { taskId, ended } = await start();
  await pause(random() * wholeMs);
  const calls = [...running];
  const cancelledAt = performance.now();
  await orchestrator.cancelTask(taskId);
  const outcome = await ended;
  while (running.size > 0 || openRequests(from) > 0 || clock.pendingTimers > timersAtRest)
    await new Promise(setImmediate);
  seen.rest.push(performance.now() - cancelledAt);
  kinds.set(outcome?.status ?? outcome, (kinds.get(outcome?.status ?? outcome) ?? 0) + 1);
  const reached = calls.flatMap(({ abortedAt }) => (abortedAt === undefined ? [] : [abortedAt - cancelledAt]));
  if (reached.length > 0) seen.reached.push(Math.max(...reached));
}

const at = (times, part) => times.toSorted((a, b) => a - b)[Math.ceil(part * times.length) - 1].toFixed(1);
const outcomes = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
console.log(`Node ${process.version}: ${aborts} tasks of ${wholeMs.toFixed(0)} ms, ${outcomes}`);
for (const [name, label] of [
  ['reached', 'signal at every running call'],
  ['rest', 'nothing left'],
]) {
  const times = seen[name];
  console.log(
    `${label}: median ${at(times, 0.5)} ms, 99 % within ${at(times, 0.99)} ms, at most ${at(times, 1)} ms of ${GOALS[name]} (${times.length} times)`,
  );
  if (Math.max(...times) > GOALS[name]) process.exitCode = 1;
}

// CPU time of one call through the pipeline: an empty pure tool, everything on. Build first: `tsc -b packages/tools`.
// Usage: node packages/tools/bench/pipeline.mjs [calls]
import { arch, cpus, platform } from 'node:os';
import { z } from 'zod';
import { defineTool } from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { ToolRegistry } from '../dist/index.js';

const calls = Number(process.argv[2] ?? 200_000);
const ROUNDS = 5;

/** A store that keeps nothing: its own cost is not the registry's. */
const state = {
  append: async () => '0',
  scan: async () => ({ items: [] }),
  get: async () => undefined,
  put: async () => 1,
  delete: async () => true,
  transact: async (body) => body(state),
  putBlob: async () => '',
  getBlob: async () => undefined,
};

const inputSchema = z.object({ city: z.string(), days: z.number().int() });
const tool = (name, more = {}) =>
  defineTool({
    name,
    description: 'Does nothing.',
    effect: 'pure',
    inputSchema,
    outputSchema: z.object({ ok: z.boolean() }),
    limits: { perMinute: 1e9, callsPerRun: 1e9 },
    execute: async () => ({ ok: true }),
    ...more,
  });

const registry = new ToolRegistry({
  clock: systemClock,
  state,
  limits: { perAgentConcurrent: 1e6, perAgentPerMinute: 1e7, callsPerRun: 1e9 },
});
registry.registerTool(tool('empty'));
registry.registerTool(tool('empty_bare', { limits: {}, outputSchema: undefined, execute: () => true }));
registry.registerTool(tool('empty_cached', { cache: { ttlMs: 60_000 } }));
registry.registerAgent({ id: 'agent', name: 'agent', tools: ['empty', 'empty_bare', 'empty_cached'] });

const signal = new AbortController().signal;
const agent = { id: 'agent', name: 'agent' };
const rawArguments = '{"city":"Lisbon","days":3}';

async function pipeline(name) {
  for (let index = 0; index < calls; index += 1) {
    const place = { tool: name, rawArguments, agentId: 'agent', runId: 'run', taskId: 'task', callId: 'call' };
    const call = registry.prepare(place);
    const result = await registry.run(call, {
      signal,
      agent,
      taskId: 'task',
      runId: 'run',
      callId: 'call',
      idempotencyKey: 'task:call',
    });
    if (result.outcome !== 'ok') throw new Error('the call failed', { cause: result.error });
  }
}

async function concurrently(name) {
  for (let done = 0; done < calls; done += 100) {
    await Promise.all(
      Array.from({ length: 100 }, () => {
        const call = registry.prepare({
          tool: name,
          rawArguments,
          agentId: 'agent',
          runId: 'run',
          taskId: 'task',
          callId: 'call',
        });
        return registry.run(call, {
          signal,
          agent,
          taskId: 'task',
          runId: 'run',
          callId: 'call',
          idempotencyKey: 'task:call',
        });
      }),
    );
  }
}

async function byHand() {
  const { execute } = registry.getTool('empty');
  for (let index = 0; index < calls; index += 1) {
    const input = inputSchema.parse(JSON.parse(rawArguments));
    JSON.stringify(await execute(input, {}));
  }
}

async function measure(work) {
  const micros = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    if (round > 0) micros.push((user + system) / calls);
  }
  return micros.sort((a, b) => a - b)[ROUNDS >> 1];
}

console.log(
  `Node ${process.version}, ${platform()} ${arch()}, ${cpus()[0]?.model ?? 'unknown CPU'}; ${calls} calls a round, median of ${ROUNDS} rounds`,
);
const hand = await measure(byHand);
for (const [label, work] of [
  ['everything on', () => pipeline('empty')],
  ['everything on, 100 calls at once', () => concurrently('empty')],
  ['no limits, no output schema', () => pipeline('empty_bare')],
  ['answered from the cache', () => pipeline('empty_cached')],
]) {
  const micros = await measure(work);
  console.log(
    `${label.padEnd(34)} ${micros.toFixed(2)} µs CPU a call (${(micros / hand).toFixed(1)} × parse and call by hand)`,
  );
}
console.log(`${'parse and call by hand'.padEnd(34)} ${hand.toFixed(2)} µs CPU a call`);
await registry.stop();

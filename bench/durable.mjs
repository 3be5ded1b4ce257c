// What it costs a run to outlive its process: the same job in memory and on a file, one after the other in each round.
// Needs a build: tsc -b.   node bench/durable.mjs [--runs 100] [--rounds 5] [--folder /tmp]
import { defineTool } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOptions } from './arguments.mjs';
import { INSTRUCTIONS, QUESTION, TOOLS } from './programs/job.mjs';

const values = readOptions(
  {
    runs: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
  },
  { texts: ['folder'] },
);
const [runs, rounds] = [Number(values.runs), Number(values.rounds)];
const TURNS = 3;

/** Three tool turns, then an answer; takes no time of its own. */
const model = {
  name: 'script',
  origin: 'script',
  models: ['bench'],
  describe: () => ({}),
  respond: async ({ items }) => {
    const turn = items.filter(({ type }) => type === 'tool-result').length;
    const usage = { inputTokens: 100, outputTokens: 20, cachedInputTokens: 0, reasoningTokens: 0 };
    if (turn === TURNS)
      return { items: [{ type: 'message', role: 'assistant', content: 'It is 3.' }], usage, finish: 'stop' };
    const call = { type: 'tool-call', callId: `c${turn}`, name: 'add', arguments: `{"a":${turn},"b":2}` };
    return { items: [call], usage, finish: 'tool_calls' };
  },
};

async function open(engine) {
  const tools = TOOLS.map(({ name, description, input, execute }) =>
    defineTool({ name, description, inputSchema: input, execute, accessLevel: 'public', effect: 'pure' }),
  );
  const plugin = { specificationVersion: 'v1', name: 'bench', version: '1.0.0', contributes: { models: [model] } };
  const orchestrator = await createOrchestrator({ config: { engine }, plugins: [sqliteEnginePlugin(), plugin], tools });
  const agentId = await orchestrator.createAgent({ name: 'bench', instructions: INSTRUCTIONS, tools: ['add'] });
  return { orchestrator, agentId };
}

async function sample({ orchestrator, agentId }) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let run = 0; run < runs; run += 1) {
    const { text } = await orchestrator.executeTask(await orchestrator.createTask({ description: QUESTION, agentId }));
    if (text !== 'It is 3.') throw new Error(`The run answered "${text}".`);
  }
  const used = process.cpuUsage(cpu);
  return { wallMs: (performance.now() - start) / runs, cpuMs: (used.user + used.system) / 1_000 / runs };
}

const folder = mkdtempSync(join(values.folder, 'durable-'));
const sides = { memory: await open({}), file: await open({ address: `sqlite:${join(folder, 'tasks.db')}` }) };
const seen = { memory: [], file: [] };
// The first round warms up.
for (let round = 0; round <= rounds; round += 1)
  for (const [name, side] of Object.entries(sides)) {
    const one = await sample(side);
    if (round > 0) seen[name].push(one);
  }
for (const { orchestrator } of Object.values(sides)) await orchestrator.shutdown();
rmSync(folder, { recursive: true, force: true });

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
console.log(`Node ${process.version}, ${runs} runs of ${TURNS} tool turns a round, median of ${rounds} rounds`);
for (const unit of ['cpuMs', 'wallMs']) {
  const [memory, file] = [seen.memory, seen.file].map((all) => median(all.map((one) => one[unit])));
  const ratio = median(seen.file.map((one, round) => one[unit] / seen.memory[round][unit]));
  console.log(
    `${unit}: ${memory.toFixed(2)} in memory, ${file.toFixed(2)} on a file; ${(file - memory).toFixed(2)} more a run, ratio ${ratio.toFixed(2)}`,
  );
}

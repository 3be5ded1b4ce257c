// Time the compiler takes for a program with 100 typed tools and 10 typed agents, against the built packages as their users
// have them: npm run build, then node bench/type-check.mjs
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const TOOLS = 100;
const AGENTS = 10;
const ROUNDS = 5;

const folder = mkdtempSync(join(import.meta.dirname, 'type-check-'));
try {
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  writeFileSync(join(folder, 'tsconfig.json'), configuration());
  const empty = timesOf('empty', "import '@master-orchestrator/core';\n");
  const full = timesOf('program', program());
  console.log(`imports alone: ${describe(empty)}`);
  console.log(`${TOOLS} tools, ${AGENTS} agents: ${describe(full)}`);
  process.exitCode = median(full) < 2_000 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

function configuration() {
  return JSON.stringify({
    extends: '../../tsconfig.base.json',
    compilerOptions: { noEmit: true, composite: false, declaration: false, sourceMap: false, customConditions: [] },
    files: ['main.ts'],
  });
}

/** Milliseconds of each round; the first one, which warms the file cache, is left out. */
function timesOf(name, text) {
  writeFileSync(join(folder, 'main.ts'), text);
  const compiler = join(import.meta.dirname, '..', 'node_modules', '.bin', 'tsc');
  const times = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const startedAt = performance.now();
    try {
      execFileSync(compiler, ['-p', folder], { encoding: 'utf8' });
    } catch (error) {
      throw new Error(`The ${name} program does not compile.\n${error.stdout}`, { cause: error });
    }
    if (round > 0) times.push(performance.now() - startedAt);
  }
  return times;
}

function program() {
  const tools = Array.from({ length: TOOLS }, (_, n) => tool(n)).join('\n');
  const agents = Array.from({ length: AGENTS }, (_, n) => agent(n)).join('\n');
  return `import { defineTool } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { z } from 'zod';
${tools}
const tools = [${Array.from({ length: TOOLS }, (_, n) => `tool${n}`).join(', ')}];
await using orchestrator = await createOrchestrator({ tools });
${agents}
`;
}

function tool(n) {
  return `const tool${n} = defineTool({
  name: 'tool_${n}',
  description: 'Tool ${n}.',
  inputSchema: z.object({
    id: z.string().min(1),
    count: z.number().int().default(${n}),
    kind: z.enum(['a${n}', 'b${n}']),
    at: z.object({ x: z.number(), y: z.number(), labels: z.array(z.string()).optional() }),
  }),
  execute: async ({ id, count, kind, at }) => ({ id, sum: count + at.x + at.y, kind, labels: at.labels ?? [] }),
});`;
}

function agent(n) {
  return `const agent${n} = await orchestrator.createAgent({
  name: 'agent ${n}',
  instructions: 'Work.',
  tools: ['tool_${n}'],
  outputSchema: z.object({ total: z.number(), parts: z.array(z.object({ name: z.string(), n${n}: z.number() })) }),
});
const { output: output${n} } = await orchestrator.run('x', { agentId: agent${n} }).result;
console.log(output${n}.total, output${n}.parts.map((part) => part.n${n}));`;
}

function median(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}

function describe(times) {
  return `${median(times).toFixed(0)} ms (${times.map((ms) => ms.toFixed(0)).join(', ')})`;
}

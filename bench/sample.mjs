// One sample of one program in a process of its own. Prints a JSON line.
import { performance } from 'node:perf_hooks';

const { program, mode, baseUrl, runs, atOnce } = JSON.parse(process.argv[2]);
const importStart = process.cpuUsage();
const { create } = await import(`./programs/${program}.mjs`);
const job = await create(baseUrl);
const imported = cpuMs(process.cpuUsage(importStart));
if (mode === 'import') finish({ importMs: imported });

const run = mode === 'stream' ? () => job.stream(() => {}) : job.run;
for (let n = 0; n < Math.min(runs, 60); n += 1) await run();
globalThis.gc?.();
const cpu = process.cpuUsage();
const allocated = mode === 'allocation' ? trackAllocation() : undefined;
const start = performance.now();
if (atOnce > 1) {
  let left = runs;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left-- > 0) await run();
  }));
} else for (let n = 0; n < runs; n += 1) await run();
const wallMs = performance.now() - start;
finish({ importMs: imported, cpuMsPerRun: cpuMs(process.cpuUsage(cpu)) / runs, runsPerSecond: (1000 * runs) / wallMs, wallMs, ...(allocated ? { kbPerRun: allocated() / runs / 1024 } : {}) });

function cpuMs({ user, system }) {
  return (user + system) / 1000;
}

function trackAllocation() {
  const start = process.memoryUsage().heapUsed;
  return () => process.memoryUsage().heapUsed - start;
}

function finish(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
}

// One sample of one program in a process of its own. Prints a JSON line.
import { PerformanceObserver, performance } from 'node:perf_hooks';

const { program, mode, baseUrl, warmUp = 0, runs = 1, atOnce = 1 } = JSON.parse(process.argv[2]);
const modes = {
  import: sampleImport,
  run: sampleRun,
  stream: sampleRun,
  allocation: sampleAllocation,
  wall: sampleWall,
};

const cpuAtStart = process.cpuUsage();
const wallAtStart = performance.now();
const { create } = await import(`./programs/${program}.mjs`);
const job = await create(baseUrl);
const started = { importCpuMs: cpuMs(cpuAtStart), importWallMs: performance.now() - wallAtStart };

const result = mode === 'import' ? started : await modes[mode]();
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);

function sampleImport() {
  return started;
}

/** CPU of all threads of the process, its compilers and collectors included. */
async function sampleRun() {
  const run = mode === 'stream' ? () => job.stream(() => {}) : job.run;
  await repeat(run, warmUp);
  globalThis.gc();
  const cpu = process.cpuUsage();
  const start = performance.now();
  await repeat(run, runs);
  const wallMs = performance.now() - start;
  return { cpuMs: cpuMs(cpu) / runs, runsPerSecond: (1000 * runs) / wallMs };
}

/**
 * Bytes allocated on the heap. The process is started with a young generation so large that no collection falls into
 * the sample: then everything that was allocated is still counted as used. Where one falls in, the sample is void.
 */
async function sampleAllocation() {
  await repeat(job.run, warmUp);
  globalThis.gc();
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  observer.observe({ entryTypes: ['gc'] });
  const before = process.memoryUsage().heapUsed;
  await repeat(job.run, runs);
  const after = process.memoryUsage().heapUsed;
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (collections > 0) throw new Error(`${collections} collections fell into the sample: take fewer runs`);
  return { kb: (after - before) / runs / 1024 };
}

/** Time of single runs, one after the other: to the end, and to the first piece of text. */
async function sampleWall() {
  const ends = [];
  const firsts = [];
  for (let n = 0; n < warmUp + runs; n += 1) {
    const start = performance.now();
    let first;
    const text = await (atOnce === 0 ? job.stream(() => (first ??= performance.now() - start)) : job.run());
    if (!text) throw new Error('no answer');
    if (n < warmUp) continue;
    ends.push(performance.now() - start);
    firsts.push(first ?? 0);
  }
  return { wallMs: median(ends), firstMs: median(firsts) };
}

async function repeat(run, count) {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      if (!(await run())) throw new Error('no answer');
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function cpuMs(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

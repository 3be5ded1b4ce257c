// One program in a process of its own. Imports it, constructs it, then does what it is told: a line of JSON each on the
// standard input, answered by a line of JSON. Ends with its input.
import { PerformanceObserver, performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';

const { program, baseUrl, isDefault } = JSON.parse(process.argv[2]);
/** So many samples are taken where collections fall into them. */
const MOST_SAMPLES = 5;

const orders = {
  run: (order) => measure(order, job.run),
  stream: (order) => measure(order, streamed),
  allocation,
  wall,
  faults,
};

const cpuAtStart = process.cpuUsage();
const wallAtStart = performance.now();
const { create } = await import(`./programs/${program}.mjs`);
const job = await create(baseUrl, isDefault);
tell({ cpuMs: cpuMs(cpuAtStart), wallMs: performance.now() - wallAtStart });

for await (const line of createInterface({ input: process.stdin })) {
  const { order, ...settings } = JSON.parse(line);
  tell(await orders[order](settings));
}
process.exit(0);

function streamed() {
  return job.stream(() => {});
}

/**
 * CPU of all threads of the process, its compilers and collectors included, and the runs it gets done. No collection is
 * forced before: it would throw compiled code away and measure its making.
 */
async function measure({ runs, atOnce = 1, mostCpuMs = Infinity }, run) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const done = await repeat(run, runs, atOnce, () => cpuMs(cpu) >= mostCpuMs);
  return { cpuMs: cpuMs(cpu) / done, runsPerSecond: (1000 * done) / (performance.now() - start) };
}

/**
 * Bytes allocated on the heap. The process is started with a young generation so large that hardly ever a collection falls
 * into the sample: then everything that was allocated is still counted as used. Where one falls in, the sample is void and
 * another one is taken.
 */
async function allocation({ runs }) {
  for (let attempt = 1; attempt <= MOST_SAMPLES; attempt += 1) {
    const { kb, collections } = await allocationOf(runs);
    if (collections === 0) return { kb };
  }
  throw new Error(`Collections fell into each of ${MOST_SAMPLES} samples: take fewer runs.`);
}

async function allocationOf(runs) {
  globalThis.gc();
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  observer.observe({ entryTypes: ['gc'] });
  const before = process.memoryUsage().heapUsed;
  await repeat(job.run, runs, 1);
  const after = process.memoryUsage().heapUsed;
  await new Promise((resolve) => setTimeout(resolve, 20));
  observer.disconnect();
  return { kb: (after - before) / runs / 1024, collections };
}

/** Time of single runs, one after the other: to the end, and to the first piece of text where they are streamed. */
async function wall({ runs, isStreamed = false }) {
  const ends = [];
  const firsts = [];
  for (let n = 0; n < runs; n += 1) {
    const start = performance.now();
    let first;
    const text = await (isStreamed ? job.stream(() => (first ??= performance.now() - start)) : job.run());
    if (!text) throw new Error('no answer');
    ends.push(performance.now() - start);
    firsts.push(first ?? 0);
  }
  return { wallMs: median(ends), firstMs: median(firsts) };
}

/** Runs against a server that fails now and then: how many end well, how long each takes, how often each tool ran. */
async function faults({ runs, atOnce }) {
  const { executions } = await import('./programs/job.mjs');
  executions.clear();
  const times = [];
  let done = 0;
  const run = async () => {
    const start = performance.now();
    const isDone = await job.run().then(Boolean, () => false);
    times.push(performance.now() - start);
    if (isDone) done += 1;
    return true;
  };
  const start = performance.now();
  await repeat(run, runs, atOnce);
  const repeated = [...executions.values()].filter((count) => count > 1).length;
  return {
    donePercent: (100 * done) / runs,
    meanMs: times.reduce((sum, ms) => sum + ms, 0) / runs,
    allMs: performance.now() - start,
    executed: executions.size,
    repeated,
  };
}

/** Gives the number of runs that were done. */
async function repeat(run, count, atOnce, isEnough = () => false) {
  let left = count;
  const worker = async () => {
    while (left > 0 && !isEnough()) {
      left -= 1;
      if (!(await run())) throw new Error('no answer');
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return count - left;
}

function cpuMs(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function tell(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

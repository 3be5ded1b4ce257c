// What is measured, how, and what this project must reach.

/** A program that has worked this long (CPU) is warm, however few runs that were; quick ones are bounded by their runs. */
const WARM_MS = 16_000;

/** A sample ends after this much CPU where its runs are not done before: the first runs after a rest are dearer for all. */
const SAMPLE_MS = 1_500;

/** Ratio to the hand-written loop of the same round. */
const toHandWritten = (read) => ({ kind: 'ratio', read, to: 'undici' });

export const SCENARIOS = [
  {
    name: 'sequential',
    title: 'One run after the other, no latency',
    note:
      'By the profile 37 % are system calls and the event loop, 15 % core, 9 % model-openai, 8 % each undici and the ' +
      'collector, 6 % streams and timers of Node.js, 5 % tools, 3 % errors; no file of this project has more than 3 %.',
    rounds: 3,
    warmUp: { order: 'run', runs: 15_000, mostCpuMs: WARM_MS },
    turns: 6,
    sample: { order: 'run', runs: 2000, mostCpuMs: SAMPLE_MS },
    columns: [
      { title: 'CPU per run', unit: 'ms', read: ({ cpuMs }) => cpuMs, digits: 2 },
      { title: 'CPU, ratio', ...toHandWritten(({ cpuMs }) => cpuMs), goal: { most: 2 } },
    ],
  },
  {
    name: 'parallel',
    title: '50 runs at once, the model takes 20 ms',
    rounds: 3,
    server: { latencyMs: 20 },
    warmUp: { order: 'run', runs: 15_000, atOnce: 50, mostCpuMs: WARM_MS },
    turns: 6,
    sample: { order: 'run', runs: 1000, atOnce: 50 },
    columns: [
      { title: 'CPU per run', unit: 'ms', read: ({ cpuMs }) => cpuMs, digits: 2 },
      { title: 'CPU, ratio', ...toHandWritten(({ cpuMs }) => cpuMs), goal: { most: 2 } },
      { title: 'runs per second', unit: '', best: Math.max, read: ({ runsPerSecond }) => runsPerSecond, digits: 0 },
      {
        title: 'runs per second, ratio',
        best: Math.max,
        ...toHandWritten(({ runsPerSecond }) => runsPerSecond),
        goal: { least: 0.9 },
      },
    ],
  },
  {
    name: 'streaming',
    title: 'Streamed runs with an answer of 1,000 tokens, sent as fast as it goes',
    note: 'By the profile a third is JSON.parse of the events, 17 % are system calls, 14 % core (an event for each token), 10 % the collector.',
    rounds: 3,
    server: { tokens: 1000 },
    warmUp: { order: 'stream', runs: 3000, mostCpuMs: WARM_MS },
    turns: 6,
    sample: { order: 'stream', runs: 500, mostCpuMs: SAMPLE_MS },
    columns: [
      { title: 'CPU per 1,000 tokens', unit: 'ms', read: ({ cpuMs }) => cpuMs, digits: 2 },
      { title: 'CPU, ratio', ...toHandWritten(({ cpuMs }) => cpuMs), goal: { most: 2 } },
    ],
  },
  {
    name: 'paced',
    title: 'The same, each token sent in a piece of its own',
    rounds: 2,
    server: { tokens: 1000, isPaced: true },
    warmUp: { order: 'stream', runs: 800, mostCpuMs: WARM_MS },
    turns: 6,
    sample: { order: 'stream', runs: 40 },
    columns: [
      { title: 'CPU per 1,000 tokens', unit: 'ms', read: ({ cpuMs }) => cpuMs, digits: 2 },
      { title: 'CPU, ratio', ...toHandWritten(({ cpuMs }) => cpuMs), goal: { most: 2 } },
    ],
  },
  {
    name: 'first-token',
    title: 'Time to the first token of a streamed answer, one turn, no latency',
    rounds: 3,
    server: { turns: 0 },
    warmUp: { order: 'stream', runs: 500, mostCpuMs: WARM_MS },
    turns: 4,
    sample: { order: 'wall', runs: 100, isStreamed: true },
    columns: [
      { title: 'first token', unit: 'ms', best: Math.min, read: ({ firstMs }) => firstMs, digits: 2 },
      {
        title: 'added',
        unit: 'ms',
        kind: 'difference',
        best: Math.min,
        read: ({ firstMs }) => firstMs,
        to: 'undici',
        digits: 2,
        goal: { most: 1 },
      },
    ],
  },
  {
    name: 'parallel-tools',
    title: '8 parallel tool calls of 50 ms each, one turn, then the answer',
    rounds: 3,
    server: { turns: 1, parallel: 8 },
    warmUp: { order: 'wall', runs: 20 },
    turns: 3,
    sample: { order: 'wall', runs: 10 },
    columns: [
      { title: 'whole run', unit: 'ms', best: Math.min, read: ({ wallMs }) => wallMs, digits: 1, goal: { most: 60 } },
    ],
  },
  {
    name: 'allocation',
    title: 'Memory allocated on the heap by one run',
    rounds: 3,
    flags: ['--max-semi-space-size=1024', '--min-semi-space-size=1024'],
    warmUp: { order: 'run', runs: 1500, mostCpuMs: WARM_MS },
    turns: 2,
    sample: { order: 'allocation', runs: 200 },
    columns: [{ title: 'allocated', unit: 'KB', read: ({ kb }) => kb, digits: 0, goal: { most: 250 } }],
  },
  {
    name: 'faults',
    title: 'A fifth of the requests refused (429 with Retry-After 1, or 500), default settings, 120 tasks, 8 at once',
    rounds: 2,
    server: { faults: 0.2 },
    isDefault: true,
    sample: { order: 'faults', runs: 120, atOnce: 8 },
    columns: [
      { title: 'tasks done', unit: '%', read: ({ donePercent }) => donePercent, digits: 1, goal: { least: 100 } },
      { title: 'tool calls that ran twice', unit: '', read: ({ repeated }) => repeated, digits: 0, goal: { most: 0 } },
      { title: 'a task', unit: 'ms', read: ({ meanMs }) => meanMs, digits: 0 },
      { title: 'a task, ratio', ...toHandWritten(({ meanMs }) => meanMs), goal: { most: 1.2 } },
    ],
  },
  {
    name: 'import',
    title: 'Import everything and construct, in a fresh process',
    rounds: 11,
    isQuick: true, // takes all its rounds, whatever is asked for
    columns: [
      { title: 'CPU', unit: 'ms', read: ({ cpuMs }) => cpuMs, digits: 0 },
      { title: 'time', unit: 'ms', read: ({ wallMs }) => wallMs, digits: 0 },
      {
        title: 'CPU, ratio to the bare client',
        kind: 'ratio',
        read: ({ cpuMs }) => cpuMs,
        to: 'openai',
        goal: { most: 1.3 },
      },
      {
        title: 'time, ratio to the bare client',
        kind: 'ratio',
        read: ({ wallMs }) => wallMs,
        to: 'openai',
        goal: { most: 1.3 },
      },
    ],
  },
];

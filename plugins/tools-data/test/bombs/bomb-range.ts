/**
 * A program of its own that lets bombs off, each in a thread whose heap may hold the text of the bomb, what the tools
 * need when idle, and 64 MiB: a tool that takes more ends its thread. The time is CPU time of that thread, so that other
 * work of the machine does not count. Reads a list of bombs from standard input and writes a list of outcomes.
 */
import { silentLogger, type ToolContext } from '@master-orchestrator/contracts';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { dataToolsPlugin } from '../../src/index.js';
import { textOf, valueOf, type Bomb } from './bombs.js';

/** What became of a bomb. */
export interface Outcome {
  readonly id: string;
  readonly tool: string;
  /** The category of the error, `accepted`, or `out of memory` where the thread died of it. */ readonly outcome: string;
  /** CPU time of the call, in milliseconds; the least of three. */ readonly cpuMs: number;
}

interface Job {
  readonly bomb: Bomb;
  readonly tool: string;
  /** Given over as it is: the thread builds no text. */ readonly text: string | undefined;
}

const MIB = 1_048_576;
const ALLOWED_MIB = 64;
/** Heap of a thread that has loaded the tools and done nothing, with room for its garbage. */
const IDLE_MIB = 24;
/** In place of a tool, what tools must not do: the check of the check. */
const CARELESS = 'careless';

if (isMainThread) await main();
else answer(await letOff(workerData as Job));

function answer(outcome: Outcome): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port has no origin
  parentPort?.postMessage(outcome);
}

async function main(): Promise<void> {
  let input = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) input += String(chunk);
  const outcomes: Outcome[] = [];
  for (const bomb of JSON.parse(input) as Bomb[]) {
    for (const tool of bomb.tools) {
      const text = tool === 'json_stringify' ? undefined : textOf(bomb);
      const isUsed = text !== undefined || (tool === 'json_stringify' && valueOf(bomb) !== undefined);
      if (isUsed) outcomes.push(await inThread({ bomb, tool, text }));
    }
  }
  process.stdout.write(JSON.stringify(outcomes));
}

function inThread(job: Job): Promise<Outcome> {
  const heapMib = IDLE_MIB + ALLOWED_MIB + Math.ceil((job.text?.length ?? 0) / MIB);
  const resourceLimits = { maxOldGenerationSizeMb: heapMib, maxYoungGenerationSizeMb: 8 };
  const worker = new Worker(new URL(import.meta.url), { workerData: job, resourceLimits });
  return new Promise((resolve) => {
    worker.once('message', resolve);
    worker.once('error', (error: Error & { readonly code?: string }) => {
      const outcome = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'out of memory' : `threw ${error.message}`;
      resolve({ id: job.bomb.id, tool: job.tool, outcome, cpuMs: Number.POSITIVE_INFINITY });
    });
  });
}

async function letOff({ bomb, tool: name, text }: Job): Promise<Outcome> {
  const value = valueOf(bomb)?.();
  const args = name === 'json_stringify' ? { value } : { text };
  let outcome = '';
  let cpuMs = Number.POSITIVE_INFINITY;
  for (let time = 0; time < 3; time += 1) {
    const before = threadCpuMs();
    outcome = name === CARELESS ? careless(text ?? '') : await callTool(name, args);
    cpuMs = Math.min(cpuMs, threadCpuMs() - before);
  }
  return { id: bomb.id, tool: name, outcome, cpuMs };
}

function careless(text: string): string {
  JSON.parse(text);
  return 'accepted';
}

async function callTool(name: string, args: unknown): Promise<string> {
  const tool = dataToolsPlugin().contributes.tools?.find((candidate) => candidate.name === name);
  const checked = tool?.inputSchema.safeParse(args);
  if (tool === undefined || checked === undefined) return `no tool ${name}`;
  if (!checked.success) return 'VALIDATION_ERROR';
  try {
    await tool.execute(checked.data as never, CONTEXT);
    return 'accepted';
  } catch (error) {
    return (error as { readonly category?: string }).category ?? `unclassified: ${String(error)}`;
  }
}

/** Where the runtime does not tell the time of a thread, that of the process. */
function threadCpuMs(): number {
  const isTold = typeof process.threadCpuUsage === 'function';
  const { user, system } = isTold ? process.threadCpuUsage() : process.cpuUsage();
  return (user + system) / 1_000;
}

const notGranted = (): never => {
  throw new Error('not granted');
};

const CONTEXT: ToolContext = {
  signal: new AbortController().signal,
  agent: { id: 'agent', name: 'agent' },
  taskId: 'task',
  runId: 'run',
  callId: 'call',
  idempotencyKey: 'task:call',
  logger: silentLogger,
  fetch: notGranted,
  files: { within: notGranted },
  env: {},
  userContext: undefined,
  progress: () => {},
};

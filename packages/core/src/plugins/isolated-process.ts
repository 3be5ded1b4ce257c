import type { ToolContext } from '@master-orchestrator/contracts';
import { OrchestratorError, ToolFailedError, type Clock, type Json } from '@master-orchestrator/errors';
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FetchOrder, FromIsolated, ToIsolated } from './isolated-messages.js';

/** What an {@link IsolatedProcess} needs to know. */
export interface IsolatedProcessParts {
  /** Name for messages. */ readonly label: string;
  /** URL of the module. */ readonly module: string;
  readonly factory: string;
  readonly options: Json;
  readonly readRoots: readonly string[];
  readonly writeRoots: readonly string[];
  readonly heapMb: number;
  readonly startTimeoutMs: number;
  /** Time a call has to end after its abort, before the process is killed. */ readonly graceMs: number;
  readonly clock: Clock;
}

/** What the process says of the plugin it made. */
export type MadePlugin = Extract<FromIsolated, { type: 'made' }>;

interface Pending {
  readonly tool: string;
  readonly context: ToolContext;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Running {
  readonly child: ChildProcess;
  readonly made: Promise<MadePlugin>;
}

const CHILD = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './isolated-child.ts' : './isolated-child.js', import.meta.url),
);

/** From source, where Node before 22.18 reads no types unless it is told to; what is published is JavaScript. */
const STRIP_TYPES = CHILD.endsWith('.ts') ? ['--experimental-strip-types'] : [];

/** A process that runs the tools of one plugin. It is started at the first need, and anew after it ended. */
export class IsolatedProcess {
  readonly #parts: IsolatedProcessParts;
  readonly #pending = new Map<number, Pending>();
  #running: Running | undefined;
  #lastId = 0;

  constructor(parts: IsolatedProcessParts) {
    this.#parts = parts;
  }

  /** Starts the process where it does not run. @throws OrchestratorError PLUGIN_INVALID, WORKER_LOST */
  async start(): Promise<MadePlugin> {
    this.#running ??= this.#begin();
    return this.#running.made;
  }

  /** Runs one call there. @throws OrchestratorError TOOL_FAILED; WORKER_LOST where the process ended meanwhile */
  async call(tool: string, input: unknown, context: ToolContext): Promise<unknown> {
    await this.start();
    const child = this.#running?.child;
    if (child === undefined) throw this.#lost(`before tool "${tool}" began`);
    const { clock, graceMs } = this.#parts;
    const id = ++this.#lastId;
    let stopTimer: (() => void) | undefined;
    const onAbort = (): void => {
      say(child, { type: 'abort', id });
      stopTimer = clock.setTimer(graceMs, () => child.kill('SIGKILL'));
    };
    child.ref();
    child.channel?.ref();
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(id, { tool, context, resolve, reject });
        const { agent, taskId, runId, callId, idempotencyKey, userContext } = context;
        const env = { ...context.env };
        say(child, {
          type: 'call',
          id,
          tool,
          input,
          facts: { agent, taskId, runId, callId, idempotencyKey, env, userContext },
        });
        if (context.signal.aborted) onAbort();
        else context.signal.addEventListener('abort', onAbort, { once: true });
      });
    } finally {
      stopTimer?.();
      context.signal.removeEventListener('abort', onAbort);
      this.#pending.delete(id);
      if (this.#pending.size === 0) release(child);
    }
  }

  /** Ends the process; calls under way fail. */
  async stop(): Promise<void> {
    const child = this.#running?.child;
    this.#running = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  }

  #begin(): Running {
    const { label, module, factory, options, readRoots, writeRoots, heapMb, startTimeoutMs, clock } = this.#parts;
    const child = fork(CHILD, [], {
      execArgv: [
        ...STRIP_TYPES,
        '--permission',
        ...[CHILD, ...readRoots].map((root) => `--allow-fs-read=${root}`),
        ...writeRoots.map((root) => `--allow-fs-write=${root}`),
        `--max-old-space-size=${heapMb}`,
      ],
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const made = new Promise<MadePlugin>((resolve, reject) => {
      const stopTimer = clock.setTimer(startTimeoutMs, () => {
        reject(unfit(label, `it was not ready within ${startTimeoutMs} ms`));
        child.kill('SIGKILL');
      });
      child.on('message', (message: FromIsolated) => {
        if (message.type === 'made' || message.type === 'unfit') stopTimer?.();
        if (message.type === 'made') resolve(message);
        else if (message.type === 'unfit') reject(unfit(label, message.problem));
        else this.#take(child, message);
      });
      const onEnd = (how: string): void => {
        stopTimer?.();
        if (this.#running?.child === child) this.#running = undefined;
        reject(unfit(label, `its process ended while it was made (${how})`));
        for (const { tool, reject: fail } of this.#pending.values()) fail(this.#lost(`in tool "${tool}" (${how})`));
      };
      child.once('error', (error) => onEnd(error.message));
      child.once('exit', (code, signal) => onEnd(signal ?? `exit code ${code}`));
    });
    made.then(() => this.#pending.size === 0 && release(child)).catch(() => child.kill('SIGKILL'));
    say(child, { type: 'make', module, factory, options });
    return { child, made };
  }

  #take(child: ChildProcess, message: Exclude<FromIsolated, { type: 'made' } | { type: 'unfit' }>): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    switch (message.type) {
      case 'result':
        return pending.resolve(message.output);
      case 'problem':
        return pending.reject(new ToolFailedError(pending.tool, message.problem));
      case 'progress':
        return pending.context.progress(message.update);
      case 'fetch':
        void answerFetch(pending.context, message.order).then((answer) =>
          say(child, { type: 'fetched', fetchId: message.fetchId, ...answer }),
        );
    }
  }

  #lost(where: string): OrchestratorError {
    return new OrchestratorError(
      'WORKER_LOST',
      `The process of ${this.#parts.label} ended ${where}. The next call starts it anew; look for what ends it, or raise heapMb.`,
    );
  }
}

async function answerFetch(
  context: ToolContext,
  { url, method = 'GET', headers, body }: FetchOrder,
): Promise<Pick<Extract<ToIsolated, { type: 'fetched' }>, 'answer' | 'problem'>> {
  try {
    const init = { method, headers: headers.map(([name, value]): [string, string] => [name, value]) };
    const response = await context.fetch(url, body === undefined ? init : { ...init, body });
    const { status, statusText } = response;
    const content = Buffer.from(await response.arrayBuffer()).toString('base64');
    return { answer: { status, statusText, headers: [...response.headers], body: content } };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** A process that ends meanwhile is noticed by its exit. */
function say(child: ChildProcess, message: ToIsolated): void {
  if (child.connected) child.send(message, () => {});
}

/** An idle process does not keep its host alive. */
function release(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

function unfit(label: string, problem: string): OrchestratorError {
  return new OrchestratorError('PLUGIN_INVALID', `${label} cannot run in a process of its own: ${problem}`);
}

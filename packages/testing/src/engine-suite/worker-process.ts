import { fork, type ChildProcess } from 'node:child_process';
import type { MarkKind } from './side-effect-log.js';

/** What a worker process is told. */
export interface WorkerSettings {
  readonly address: string;
  readonly workerId: string;
  readonly slots: number;
  /** In milliseconds. */ readonly claimMs: number;
  /** File of the side effects' marks. */ readonly logFile?: string;
  /** The process kills itself right after the mark of this kind with this number, from 1. */
  readonly dieAt?: { readonly kind: MarkKind; readonly count: number };
}

/** A worker in a process of its own, to be killed, frozen and thawed. */
export class WorkerProcess {
  /** Resolves when it serves; rejects when it ends before. */ readonly ready: Promise<void>;
  /** Resolves with what it ended with. */ readonly exited: Promise<{ code: number | null; signal: string | null }>;
  readonly workerId: string;
  readonly #child: ChildProcess;
  #errors = '';

  constructor(file: string, settings: WorkerSettings) {
    this.workerId = settings.workerId;
    this.#child = fork(file, [JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-4_000);
    });
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.ready = new Promise((resolve, reject) => {
      this.#child.once('message', () => resolve());
      this.#child.once('error', reject);
      void this.exited.then(({ code, signal }) =>
        reject(new Error(`the worker ended (${code ?? signal}) before it served: ${this.#errors}`)),
      );
    });
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What it wrote to stderr. */
  get errors(): string {
    return this.#errors;
  }

  /** Ends it without a word, as a crash does. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Asks it to drain and to end. */
  async drain(): Promise<void> {
    if (!this.isRunning) return;
    this.#child.send({ type: 'drain' });
    await this.exited;
  }

  /** Asks it to end as a service manager does. */
  terminate(): void {
    this.#child.kill('SIGTERM');
  }
}

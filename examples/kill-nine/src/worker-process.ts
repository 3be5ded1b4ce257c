import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Campaign } from './team.js';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A worker in a process of its own. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly exited: Promise<Exit>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  }

  /** Starts one; resolves when it takes tasks, or has ended. */
  static async start(campaign: Campaign): Promise<WorkerProcess> {
    const child = fork(join(import.meta.dirname, 'worker.js'), [JSON.stringify(campaign)], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const worker = new WorkerProcess(child);
    await Promise.race([once(child, 'message'), worker.exited]);
    return worker;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Ends it without a word, as a crash does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** Asks it to end as a service manager does; resolves with how it did, and how long that took. */
  async terminate(): Promise<Exit & { readonly tookMs: number }> {
    const askedAt = performance.now();
    this.#child.kill('SIGTERM');
    return { ...(await this.exited), tookMs: performance.now() - askedAt };
  }
}

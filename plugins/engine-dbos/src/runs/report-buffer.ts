import type { Json } from '@master-orchestrator/errors';
import { setImmediate } from 'node:timers';
import type { Store } from '../database/store.js';

/** Reports that wait to be written; beyond, they are dropped: they are best effort. */
const MOST_PENDING = 10_000;
const LARGEST_BATCH = 500;

interface Report {
  readonly task: string;
  readonly type: string;
  readonly data: string;
}

/** What runs report, written in batches and in order. */
export class ReportBuffer {
  readonly #store: Store;
  #pending: Report[] = [];
  #isDue = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Store) {
    this.#store = store;
  }

  add(task: string, type: string, data: Json): void {
    if (this.#pending.length >= MOST_PENDING) return;
    this.#pending.push({ task, type, data: JSON.stringify(data) });
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      void this.flush();
    });
  }

  /** Resolves when what was added so far is written, or could not be. */
  flush(): Promise<void> {
    if (this.#pending.length > 0) this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0, LARGEST_BATCH);
      const columns = (['task', 'type', 'data'] as const).map((column) => batch.map((report) => report[column]));
      // A batch that cannot be written within the patience of the store is given up.
      await this.#store.call('report', columns).catch(() => {});
    }
  }
}

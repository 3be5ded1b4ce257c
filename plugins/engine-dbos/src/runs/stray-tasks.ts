import type { DbosRuntime } from '../dbos/dbos-runtime.js';
import type { EngineCore } from '../engine-core.js';
import { workflowIdOf } from './journal-rows.js';

/** A task that stands without a run for so long is no claim whose answer is still on its way. */
const STRAY_AFTER_MS = 3_000;

/** What a worker holds by the store. */
export interface HeldRow {
  readonly seq: number;
  readonly id: string;
  readonly begins: number;
  readonly claim: number;
}

/** Tasks that the store says this worker holds but that have no run here: the answer to their claim was lost. */
export class StrayTasks {
  readonly #core: EngineCore;
  readonly #runtime: DbosRuntime;
  readonly #expected = new Set<number>();
  #seen = new Map<number, { readonly claim: number; readonly since: number }>();

  constructor(core: EngineCore, runtime: DbosRuntime) {
    this.#core = core;
    this.#runtime = runtime;
  }

  /** Its run is about to begin. */
  expect(seq: number): void {
    this.#expected.add(seq);
  }

  forget(seq: number): void {
    this.#expected.delete(seq);
  }

  /** Gives back what was without a run in an earlier look, too. */
  note(rows: readonly HeldRow[]): void {
    const now = this.#core.options.clock.monotonic();
    const before = this.#seen;
    this.#seen = new Map();
    for (const row of rows) {
      if (this.#expected.has(row.seq)) continue;
      const seen = before.get(row.seq);
      const since = seen?.claim === row.claim ? seen.since : now;
      if (now - since > STRAY_AFTER_MS) void this.giveBack(row);
      else this.#seen.set(row.seq, { claim: row.claim, since });
    }
  }

  /** Hands a task on, once its delivery can do nothing any more; nothing where the claim has passed on. */
  async giveBack(row: HeldRow): Promise<void> {
    const { store, options } = this.#core;
    try {
      await this.#runtime.fence([workflowIdOf(row, row.begins)]);
      await store.call('conclude', [row.seq, row.claim, 'given-back', null, null, null, options.agingMs]);
    } catch (error) {
      options.logger.debug({ taskId: row.id, error }, 'giving a task back failed; it is tried again');
    }
  }
}

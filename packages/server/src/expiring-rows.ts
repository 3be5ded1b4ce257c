import type { EpochMs, Row, StateStore } from '@master-orchestrator/contracts';
import type { Clock, Json } from '@master-orchestrator/errors';

/** Collaborators of {@link ExpiringRows}. */
export interface ExpiringRowsParts {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly namespace: string;
}

/** A row's value with its end. */
interface Kept {
  readonly value: Json;
  readonly expiresAt: EpochMs;
}

/** A value with the version it was read in. */
export interface Version<Value> {
  readonly value: Value;
  readonly version: number;
}

/** How often rows that have expired are removed, in milliseconds. */
const SWEEP_MS = 600_000;

/** Rows of the shared state that are forgotten after a time. */
export class ExpiringRows<Value> {
  readonly #parts: ExpiringRowsParts;
  #cancel: (() => void) | undefined;

  constructor(parts: ExpiringRowsParts) {
    this.#parts = parts;
  }

  /** Begins to remove what has expired. */
  start(): void {
    this.#cancel = this.#parts.clock.setTimer(SWEEP_MS, () => {
      this.sweep()
        .catch(() => undefined) // the next sweep tries again
        .finally(() => {
          if (this.#cancel !== undefined) this.start();
        });
    });
  }

  /** Ends what {@link start} began. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** The value of a key with its version, or `undefined` where there is none or it has expired. */
  async get(key: string): Promise<Version<Value> | undefined> {
    const row = await this.#parts.state.get(this.#parts.namespace, key);
    if (row === undefined || this.#hasExpired(row)) return undefined;
    return { value: keptOf(row).value as unknown as Value, version: row.version };
  }

  /** Writes a value; with `ifVersion` only over that version (0: only where there is none, or an expired one). */
  async put(key: string, value: Value, keepMs: number, ifVersion?: number): Promise<number | 'conflict'> {
    const { state, namespace, clock } = this.#parts;
    const kept = { value, expiresAt: clock.now() + keepMs } as unknown as Json;
    if (ifVersion !== 0) return state.put(namespace, key, kept, ifVersion === undefined ? {} : { ifVersion });
    const row = await state.get(namespace, key);
    if (row !== undefined && !this.#hasExpired(row)) return 'conflict';
    return state.put(namespace, key, kept, { ifVersion: row?.version ?? 0 });
  }

  /** Removes a value; with `ifVersion` only in that version. Returns false where there was none. */
  async delete(key: string, ifVersion?: number): Promise<boolean> {
    const { state, namespace } = this.#parts;
    return (await state.delete(namespace, key, ifVersion === undefined ? {} : { ifVersion })) === true;
  }

  /** Removes what has expired; returns how many rows. */
  async sweep(): Promise<number> {
    const { state, namespace } = this.#parts;
    let removed = 0;
    let cursor: string | undefined;
    do {
      const page = await state.scan(namespace, '', cursor, 500);
      for (const row of page.items) {
        if (!this.#hasExpired(row)) continue;
        if ((await state.delete(namespace, row.key, { ifVersion: row.version })) === true) removed += 1;
      }
      cursor = page.next;
    } while (cursor !== undefined);
    return removed;
  }

  #hasExpired(row: Row): boolean {
    return this.#parts.clock.now() >= keptOf(row).expiresAt;
  }
}

function keptOf(row: Row): Kept {
  return row.value as unknown as Kept;
}

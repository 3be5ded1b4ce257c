import type { Json, Clock } from '@master-orchestrator/errors';
import { createHash } from 'node:crypto';

const HASH = /[0-9a-f]{64}/g;
/** Fewer blobs than this are never swept. */
const FIRST_SWEEP_AT = 1_024;
/** A blob touched within this time is kept: its hash may be in a variable of a running step. */
const GRACE_MS = 60_000;

interface Blob {
  readonly bytes: Uint8Array;
  touchedAt: number;
}

/**
 * Bytes by their SHA-256, each stored once. When their number has doubled, those whose hash stands in no task, journal or
 * state row, and that nobody has touched for a minute, are dropped.
 */
export class BlobShelf {
  readonly #blobs = new Map<string, Blob>();
  readonly #clock: Clock;
  readonly #values: () => Iterable<unknown>;
  #sweepAt = FIRST_SWEEP_AT;

  /** @param values - Everything in which a hash may stand. */
  constructor(clock: Clock, values: () => Iterable<unknown>) {
    this.#clock = clock;
    this.#values = values;
  }

  get size(): number {
    return this.#blobs.size;
  }

  put(bytes: Uint8Array): string {
    const hash = createHash('sha256').update(bytes).digest('hex');
    const known = this.#blobs.get(hash);
    if (known === undefined) this.#blobs.set(hash, { bytes: bytes.slice(), touchedAt: this.#clock.now() });
    else known.touchedAt = this.#clock.now();
    if (this.#blobs.size >= this.#sweepAt) this.sweep();
    return hash;
  }

  get(hash: string): Uint8Array | undefined {
    const blob = this.#blobs.get(hash);
    if (blob === undefined) return undefined;
    blob.touchedAt = this.#clock.now();
    return blob.bytes.slice();
  }

  /** Drops what nothing refers to. */
  sweep(): void {
    const named = new Set<string>();
    for (const value of this.#values()) collectHashes(value as Json, named);
    // A blob may name others, as a list of chunks does.
    for (const hash of named) {
      const blob = this.#blobs.get(hash);
      if (blob !== undefined)
        for (const [inner] of Buffer.from(blob.bytes).toString('latin1').matchAll(HASH)) named.add(inner);
    }
    const youngest = this.#clock.now() - GRACE_MS;
    for (const [hash, blob] of this.#blobs) if (!named.has(hash) && blob.touchedAt < youngest) this.#blobs.delete(hash);
    this.#sweepAt = Math.max(FIRST_SWEEP_AT, 2 * this.#blobs.size);
  }
}

function collectHashes(value: Json | undefined, into: Set<string>): void {
  if (typeof value === 'string') {
    if (value.length >= 64) for (const [hash] of value.matchAll(HASH)) into.add(hash);
  } else if (Array.isArray(value)) for (const item of value) collectHashes(item, into);
  else if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      collectHashes(key, into);
      collectHashes(value[key], into);
    }
  }
}

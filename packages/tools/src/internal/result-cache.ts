/** What is kept of a result. */
export interface CachedResult {
  /** The output as JSON, so that no reader can change what the next one gets. */ readonly json: string;
  readonly text: string;
  readonly bytes: number;
  readonly handle?: string;
}

interface Entry {
  readonly result: CachedResult;
  readonly expiresAt: number;
}

const MAX_ENTRIES = 1_000;
const MAX_BYTES = 16 * 1_048_576;

/** Results of a pure tool by its canonical arguments; bounded in number and bytes, the least recently used goes first. */
export class ResultCache {
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(readonly ttlMs: number) {}

  get(key: string, now: number): CachedResult | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#remove(key, entry);
    if (entry.expiresAt <= now) return undefined;
    this.#add(key, entry);
    return entry.result;
  }

  put(key: string, result: CachedResult, now: number): void {
    if (result.bytes > MAX_BYTES / 4) return;
    const old = this.#entries.get(key);
    if (old !== undefined) this.#remove(key, old);
    this.#add(key, { result, expiresAt: now + this.ttlMs });
    for (const [oldestKey, oldest] of this.#entries) {
      if (this.#entries.size <= MAX_ENTRIES && this.#bytes <= MAX_BYTES) break;
      this.#remove(oldestKey, oldest);
    }
  }

  #add(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#bytes += entry.result.bytes + key.length;
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= entry.result.bytes + key.length;
  }
}

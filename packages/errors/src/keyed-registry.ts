/** Settings of a {@link KeyedRegistry}. */
export interface KeyedRegistryOptions<T> {
  /** Makes the thing of a key, on the first asking. */ readonly create: (key: string) => T;
  /** True for a thing that can be forgotten and made anew without a difference. */
  readonly isIdle: (thing: T) => boolean;
  /** Keys kept; beyond it the oldest idle ones are forgotten. @default 10_000 */ readonly maxKeys?: number;
}

/** One thing per key, made on demand; memory stays bounded where keys keep changing. */
export class KeyedRegistry<T> {
  readonly #things = new Map<string, T>();
  readonly #options: KeyedRegistryOptions<T>;

  constructor(options: KeyedRegistryOptions<T>) {
    this.#options = options;
  }

  /** The thing of a key. */
  get(key: string): T {
    const known = this.#things.get(key);
    if (known !== undefined) return known;
    const made = this.#options.create(key);
    if (this.#things.size >= (this.#options.maxKeys ?? 10_000)) this.#forgetIdle();
    this.#things.set(key, made);
    return made;
  }

  /** The thing of a key where it has been made already. */
  peek(key: string): T | undefined {
    return this.#things.get(key);
  }

  /** All things made so far, with their keys. */
  entries(): IterableIterator<[string, T]> {
    return this.#things.entries();
  }

  /** Forgets a key; its thing is made anew on the next asking. */
  delete(key: string): boolean {
    return this.#things.delete(key);
  }

  get size(): number {
    return this.#things.size;
  }

  /** A tenth at once, so that the search is not repeated for every new key. */
  #forgetIdle(): void {
    let left = Math.max(1, Math.floor(this.#things.size / 10));
    for (const [key, thing] of this.#things) {
      if (!this.#options.isIdle(thing)) continue;
      this.#things.delete(key);
      if ((left -= 1) <= 0) return;
    }
  }
}

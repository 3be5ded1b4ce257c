import { inspect } from 'node:util';

const BRAND = Symbol.for('@master-orchestrator/config:Secret');
const MASK = '****';
/** Below this length the last characters would give too much of the value away. */
const SHORTEST_HINTED = 20;

/** A value that must not be seen: it prints, logs and serialises as `****`. */
export class Secret {
  readonly #value: string;

  /**
   * Wraps a value.
   *
   * @param value - The secret itself.
   * @param origin - Where it came from, for people: `env:OPENAI_API_KEY`, `file:/run/secrets/key`. Never the value.
   */
  constructor(
    value: string,
    readonly origin?: string,
  ) {
    this.#value = value;
    Object.defineProperty(this, BRAND, { value: true });
    Object.freeze(this);
  }

  /** True for a secret of this class, from this or another installed copy of the package. */
  static isInstance(value: unknown): value is Secret {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
  }

  /** The value. Call it where the value is used, not before. */
  reveal(): string {
    return this.#value;
  }

  /** `****` and the last four characters of a long value, so that a person can tell which key it is. */
  hint(): string {
    return this.#value.length < SHORTEST_HINTED ? MASK : `${MASK}${this.#value.slice(-4)}`;
  }

  /** True where both hold the same value. */
  equals(other: Secret): boolean {
    return this.#value === other.reveal();
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return this.origin === undefined ? `Secret(${MASK})` : `Secret(${MASK} from ${this.origin})`;
  }
}

/** Value of everything beyond the bound. */
export const OTHER = 'other';
const LONGEST = 128;

/**
 * Bounds how many values a label takes, so that names from outside (tools, models, agents) cannot make a metric grow
 * without end. The first values keep their own series, further ones share `other`.
 */
export class LabelValues {
  readonly #known = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** The value to use. */
  of(value: string | undefined): string {
    const text = value === undefined || value === '' ? 'unknown' : value.slice(0, LONGEST);
    if (this.#known.has(text)) return text;
    if (this.#known.size >= this.#most) return OTHER;
    this.#known.add(text);
    return text;
  }
}

import { redactText } from '@master-orchestrator/errors';

/** Value of everything beyond the bound. */
export const OTHER = 'other';
/** Value of what has no name. */
export const UNKNOWN = 'unknown';
const LONGEST = 128;

/** Text as a label may show it: short, on one line, without what looks like a secret. */
export function labelText(text: string): string {
  // Cut first, so that long texts cost nothing; masks may make it longer again.
  const short = text.slice(0, 2 * LONGEST).replaceAll(/[\s\p{Cc}]+/gu, ' ');
  return redactText(short).slice(0, LONGEST).trim();
}

/**
 * Bounds how many values a label takes, so that names from outside (tools, models, agents) cannot make a metric grow
 * without end. The first values keep their own series, further ones share `other`.
 */
export class LabelValues {
  /** Labels by the value they stand for. */ readonly #known = new Map<string, string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** The value to use. */
  of(value: string | undefined): string {
    if (value === undefined || value === '') return UNKNOWN;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    if (this.#known.size >= this.#most) return OTHER;
    const label = labelText(value);
    // A text that is far too long is no name, and not worth remembering.
    if (value.length <= LONGEST) this.#known.set(value, label);
    else return OTHER;
    return label;
  }
}

import { createRedactor, type Redactor } from '@master-orchestrator/errors';
import type { CheckedOptions } from './options.js';

type Settings = Exclude<CheckedOptions['captureContent'], boolean>;

/** Makes content fit for spans: secrets masked, the user's own redaction applied, cut to a length. */
export class ContentFilter {
  /** Characters kept of one text. */ readonly maxCharacters: number;
  readonly #redactor: Redactor;
  readonly #redact: (text: string) => string;

  constructor({ maxCharacters, secrets, redact = (text) => text }: Settings) {
    this.maxCharacters = maxCharacters;
    this.#redactor = createRedactor({ secrets });
    this.#redact = redact;
  }

  /** A text as a span may hold it. */
  text(text: string): string {
    return this.#cut(this.#redactor.redactText(text));
  }

  /** A value as JSON, fields with the names of secrets masked. */
  json(value: unknown): string {
    return this.#cut(JSON.stringify(this.#redactor.redact(value)));
  }

  /** A redaction that throws takes the text with it. */
  #cut(clean: string): string {
    let text: string;
    try {
      text = this.#redact(clean);
    } catch {
      return '[redaction failed]';
    }
    return text.length <= this.maxCharacters ? text : `${text.slice(0, this.maxCharacters)} …`;
  }
}

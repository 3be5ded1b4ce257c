import type { CallFailures } from '../failures.js';
import type { AnswerHeaders, AnswerReader, Progress } from '../transport/exchange.js';

const ERROR_BYTES = 16_384;

/**
 * Reads the answer of a reachability test. A server that answers is reachable, also where it has no list of models;
 * only a refused key and a failure of the server itself count.
 */
export class PingReader implements AnswerReader<void> {
  readonly #failures: CallFailures;
  #status = 0;
  #headers: AnswerHeaders = {};
  #body = '';

  constructor(failures: CallFailures) {
    this.#failures = failures;
  }

  begin(status: number, headers: AnswerHeaders): { readonly isStream: boolean } {
    this.#status = status;
    this.#headers = headers;
    return { isStream: false };
  }

  read(chunk: Buffer): Progress {
    if (!this.#isBad) return 'waiting';
    this.#body += chunk.toString('utf8');
    return this.#body.length >= ERROR_BYTES ? 'enough' : 'waiting';
  }

  finish(): void {
    if (this.#isBad) throw this.#failures.ofStatus(this.#status, this.#headers, this.#body);
  }

  get #isBad(): boolean {
    return this.#status === 401 || this.#status === 403 || this.#status >= 500;
  }
}

import { CancelledError, type Clock } from '@master-orchestrator/errors';
import type { Dispatcher } from 'undici';
import type { Receiver, Sender, Ticket } from './sender.js';
import { AttemptWatch, type AttemptLimits, type Expiry } from './attempt-watch.js';

/** Response headers as undici gives them: names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** How far an answer has come. Only ever goes forward. */
export type Progress =
  | /** A whole body, or a stream without a token yet. */ 'waiting'
  /** A stream with its first token. */
  | 'flowing'
  /** The answer is complete, a little more may follow (usage, for example). */
  | 'closing'
  /** The answer is complete and nothing more can follow. */
  | 'closed'
  /** No more of the body is wanted. */
  | 'enough';

/** Makes an answer of a response. Whatever it throws ends the exchange. */
export interface AnswerReader<T> {
  /** Takes status and headers; tells whether tokens will follow one by one. */
  begin(status: number, headers: AnswerHeaders): { readonly isStream: boolean };
  /** Takes the next bytes of the body. */
  read(chunk: Buffer): Progress;
  /** The answer, where the body came to its end in order, or was cut after it was complete. */
  finish(): T;
}

/** What an exchange needs besides its request. */
export interface ExchangeSetting<T> {
  readonly reader: AnswerReader<T>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly limits: AttemptLimits;
  /** Bytes of body that are read at most. */ readonly maxBytes: number;
  /** The error of a limit that ran out. */ timeoutOf(expiry: Expiry): Error;
  /** The error of a body beyond `maxBytes`. */ tooLarge(maxBytes: number): Error;
  /** The error of a failed connection, a broken transfer or a throwing reader; `hasHead`: the answer had begun. */
  brokenBy(cause: unknown, hasHead: boolean): Error;
}

/** A finished answer waits this long for the end of its body, so that the socket can be kept. */
const DRAIN_MS = 250;
/** After a terminal sign what may still follow (usage) is waited for this long at most. */
const CLOSING_MS = 5_000;

/**
 * One request and its answer: an undici dispatch handler that settles one promise exactly once. Reading straight from
 * the handler saves the body stream that `undici.request` would build. The abort signal, every time limit and the size
 * limit end it at any moment, whereupon the socket is destroyed and nothing of the exchange is left.
 */
export class Exchange<T> implements Receiver {
  readonly #setting: ExchangeSetting<T>;
  readonly #watch: AttemptWatch;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: Error) => void;
  #ticket: Ticket | undefined;
  #progress: Progress = 'waiting';
  #isStream = false;
  #hasHead = false;
  #hasEnded = false;
  #isSettled = false;
  #bytes = 0;

  private constructor(setting: ExchangeSetting<T>, resolve: (value: T) => void, reject: (error: Error) => void) {
    this.#setting = setting;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#watch = new AttemptWatch(setting.clock, setting.limits, this.#onExpire);
    setting.signal.addEventListener('abort', this.#onAbort);
  }

  /** Sends the request; resolves to what the reader makes of the answer. The signal must not be aborted yet. */
  static run<T>(sender: Sender, request: Dispatcher.DispatchOptions, setting: ExchangeSetting<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(setting, resolve, reject);
      exchange.#ticket = sender.send(request, exchange);
      if (exchange.#isSettled) exchange.#endTicket();
    });
  }

  onTurn(): void {
    if (!this.#isSettled) this.#watch.enter('connectMs', this.#setting.limits.connectMs);
  }

  onRequestStart(): void {
    if (!this.#isSettled) this.#watch.enter('headersMs', this.#setting.limits.headersMs);
  }

  onUnsent(error: Error): void {
    if (!this.#isSettled) this.#fail(this.#setting.brokenBy(error, false));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    if (this.#isSettled || status < 200) return;
    this.#hasHead = true;
    try {
      this.#isStream = this.#setting.reader.begin(status, headers).isStream;
    } catch (error) {
      return this.#fail(this.#named(error));
    }
    const { firstTokenMs, silenceMs } = this.#setting.limits;
    if (this.#isStream) this.#watch.extend('firstTokenMs', firstTokenMs);
    else this.#watch.enter('silenceMs', silenceMs);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isSettled) return;
    this.#watch.touch();
    this.#bytes += chunk.length;
    if (this.#bytes > this.#setting.maxBytes) return this.#fail(this.#setting.tooLarge(this.#setting.maxBytes));
    try {
      const progress = this.#setting.reader.read(chunk);
      if (progress !== this.#progress) this.#advance(progress);
    } catch (error) {
      this.#fail(this.#named(error));
    }
  }

  onResponseEnd(): void {
    this.#hasEnded = true;
    if (!this.#isSettled) this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    if (this.#isSettled) return;
    if (this.#isComplete) this.#finish();
    else this.#fail(this.#setting.brokenBy(cause, this.#hasHead));
  }

  get #isComplete(): boolean {
    return this.#progress === 'closing' || this.#progress === 'closed';
  }

  #advance(progress: Progress): void {
    this.#progress = progress;
    const { silenceMs } = this.#setting.limits;
    if (progress === 'flowing') this.#watch.enter('silenceMs', silenceMs);
    else if (progress === 'closing') this.#watch.enter('drain', Math.min(silenceMs, CLOSING_MS));
    else if (progress === 'closed') this.#watch.enter('drain', DRAIN_MS);
    else if (progress === 'enough') this.#finish();
  }

  readonly #onAbort = (): void => {
    this.#fail(CancelledError.fromSignal(this.#setting.signal));
  };

  readonly #onExpire = (expiry: Expiry): void => {
    if (this.#isComplete) return this.#finish();
    if (expiry.limit === 'connectMs' && this.#ticket?.isInLine === true) {
      return this.#watch.enter('connectMs', this.#setting.limits.connectMs);
    }
    this.#fail(this.#setting.timeoutOf(expiry));
  };

  #finish(): void {
    try {
      const answer = this.#setting.reader.finish();
      this.#settle();
      this.#resolve(answer);
    } catch (error) {
      this.#fail(this.#named(error));
    }
  }

  /** What a reader or a listener threw, as an error of ours. */
  #named(error: unknown): Error {
    return this.#setting.brokenBy(error, this.#hasHead);
  }

  #fail(error: Error): void {
    if (this.#isSettled) return;
    this.#settle(error);
    this.#reject(error);
  }

  /** Leaves nothing behind: no timer, no listener, and no socket unless the body has come to its end. */
  #settle(error?: Error): void {
    this.#isSettled = true;
    this.#watch.stop();
    this.#setting.signal.removeEventListener('abort', this.#onAbort);
    this.#endTicket(error);
  }

  #endTicket(error?: Error): void {
    if (this.#hasEnded) this.#ticket?.done();
    else this.#ticket?.cancel(error ?? new Error('The rest of the answer is not needed.'));
  }
}

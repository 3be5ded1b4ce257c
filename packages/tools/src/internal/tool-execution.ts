import type { DeadlineQueue, Timed } from './deadline-queue.js';

/** How an execution ended as far as its caller is concerned. */
export type Ending =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  /** It was aborted and went on all the same. */
  | { readonly kind: 'abandoned' };

/** Why an execution was aborted. */
export type AbortCause = 'caller' | 'time-limit';

/** On whose behalf a tool runs. */
export interface ExecutionHost {
  readonly timeoutMs: number;
  readonly graceMs: number;
  /** The reason a tool sees in its signal when its time is over. */ timeLimitError(): Error;
  /** Called once, when the tool's promise has settled, however late. */ settled(wasAbandoned: boolean): void;
}

/**
 * One execution of a tool: its signal is aborted by the caller or by its time limit, whichever comes first; after that
 * it has a grace period, then its caller stops waiting. It has settled only when the tool's promise has.
 */
export class ToolExecution implements Timed {
  dueAt = 0;
  place = -1;
  abortCause: AbortCause | undefined;
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;
  readonly #deadlines: DeadlineQueue;
  readonly #host: ExecutionHost;
  #resolve: ((ending: Ending) => void) | undefined;

  constructor(parent: AbortSignal, deadlines: DeadlineQueue, host: ExecutionHost) {
    this.#parent = parent;
    this.#deadlines = deadlines;
    this.#host = host;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True once nobody waits for the tool any more. */
  get isOver(): boolean {
    return this.#resolve === undefined;
  }

  /** Runs `body` and resolves with how it ended; never rejects. */
  start(body: () => unknown): Promise<Ending> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#parent.addEventListener('abort', this);
      this.#deadlines.add(this, this.#host.timeoutMs);
      let value: unknown;
      try {
        value = body();
      } catch (error) {
        this.#settle({ kind: 'error', error });
        return;
      }
      if (!isThenable(value)) {
        this.#settle({ kind: 'value', value });
        return;
      }
      value.then(
        (result) => this.#settle({ kind: 'value', value: result }),
        (error: unknown) => this.#settle({ kind: 'error', error }),
      );
    });
  }

  /** The caller's signal was aborted. */
  handleEvent(): void {
    this.#abort('caller', this.#parent.reason);
  }

  /** The time limit or the grace period is over. */
  onDue(): void {
    if (this.abortCause === undefined) this.#abort('time-limit', this.#host.timeLimitError());
    else this.#finish({ kind: 'abandoned' });
  }

  #abort(cause: AbortCause, reason: unknown): void {
    if (this.abortCause !== undefined || this.#resolve === undefined) return;
    this.abortCause = cause;
    this.#deadlines.remove(this);
    this.#deadlines.add(this, this.#host.graceMs);
    this.#controller.abort(reason);
  }

  #settle(ending: Ending): void {
    const wasAbandoned = this.#resolve === undefined;
    this.#finish(ending);
    this.#host.settled(wasAbandoned);
  }

  #finish(ending: Ending): void {
    const resolve = this.#resolve;
    if (resolve === undefined) return;
    this.#resolve = undefined;
    this.#parent.removeEventListener('abort', this);
    this.#deadlines.remove(this);
    resolve(ending);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

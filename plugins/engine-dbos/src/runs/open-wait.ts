import type { Clock } from '@master-orchestrator/errors';
import type { WaitLook } from './waits.js';
import type { Timer, TimerQueue } from './timer-queue.js';

/** The clocks of two machines differ: a wait that should be over is looked at again after this time. */
const AGAIN_MS = 20;

/** What an open wait needs. */
export interface OpenWaitHost {
  readonly clock: Clock;
  readonly timers: TimerQueue;
  readonly abort: AbortSignal;
  /** One look at the store; rejects where the run was ended or its claim is gone. */ look(): Promise<
    Exclude<WaitLook, 'lost'>
  >;
  /** Why the run was ended. */ reason(): unknown;
}

/** A wait that was not over at first: it is looked at when its time comes and whenever something may have come for it. */
export class OpenWait {
  readonly over: Promise<string>;
  readonly #host: OpenWaitHost;
  #settle!: { resolve: (found: string) => void; reject: (error: unknown) => void };
  #timer: Timer | undefined;
  #isLooking = false;
  #isPoked = false;
  #isOver = false;
  readonly #onAbort = (): void => this.#fail(this.#host.reason());

  constructor(host: OpenWaitHost, openUntil: number | undefined) {
    this.#host = host;
    this.over = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    host.abort.addEventListener('abort', this.#onAbort, { once: true });
    this.#arm(openUntil);
    if (host.abort.aborted) this.#onAbort();
  }

  /** Something may have come for it. */
  poke(): void {
    this.#isPoked = true;
    if (this.#isLooking || this.#isOver) return;
    this.#isLooking = true;
    this.#lookAround().catch((error: unknown) => this.#fail(error));
  }

  async #lookAround(): Promise<void> {
    while (this.#isPoked && !this.#isOver) {
      this.#isPoked = false;
      const look = await this.#host.look();
      if ('found' in look) return this.#finish(() => this.#settle.resolve(look.found));
      this.#arm(look.openUntil);
    }
    this.#isLooking = false;
  }

  #arm(openUntil: number | undefined): void {
    this.#host.timers.clear(this.#timer);
    this.#timer = undefined;
    if (openUntil === undefined || this.#isOver) return;
    const { clock, timers } = this.#host;
    const at = openUntil > clock.now() ? openUntil : clock.now() + AGAIN_MS;
    this.#timer = timers.set(at, () => this.poke());
  }

  #fail(error: unknown): void {
    this.#finish(() => this.#settle.reject(error));
  }

  #finish(settle: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#host.timers.clear(this.#timer);
    this.#host.abort.removeEventListener('abort', this.#onAbort);
    settle();
  }
}

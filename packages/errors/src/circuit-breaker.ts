import { BreakerOpenError } from './breaker-open-error.js';
import { isCancelled } from './cancelled-error.js';
import type { ClassifyContext } from './classify-context.js';
import { classify } from './classify.js';
import { systemClock, type Clock } from './clock.js';
import { countsForBreaker, tripsBreaker } from './counts-for-breaker.js';
import { tell } from './internal/guard.js';
import type { OrchestratorError } from './orchestrator-error.js';

/** `closed` lets everything through, `open` nothing, `half-open` one probe at a time. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** One change of state. */
export interface BreakerChange {
  readonly key: string;
  readonly from: BreakerState;
  readonly to: BreakerState;
  /** Why, for people. */ readonly reason: string;
  /** Wall clock, milliseconds since the epoch. */ readonly at: number;
}

/** Settings of a {@link CircuitBreaker}. */
export interface CircuitBreakerOptions {
  /** What the breaker guards: `model:<origin>:<model>`, `tool:<name>`, `credential:<id>`. @default 'default' */
  readonly key?: string;
  /** @default the system clock */ readonly clock?: Clock;
  /** Counted failures in a row that open it. @default 5 */ readonly failureThreshold?: number;
  /** How long it stays open before the next call becomes a probe, in milliseconds. @default 60_000 */
  readonly openMs?: number;
  /** Successful probes in a row that close it. @default 3 */ readonly successThreshold?: number;
  /** Longest time one probe may hold its place, in milliseconds; then it counts as failed. @default 600_000 */
  readonly probeTimeoutMs?: number;
  /** Hears of each change, once. */ readonly onChange?: (change: BreakerChange) => void;
}

/** Where a breaker stands. Reading it changes nothing. */
export interface BreakerSnapshot {
  readonly key: string;
  readonly state: BreakerState;
  /** Counted failures in a row while closed. */ readonly failures: number;
  /** Successful probes in a row while half-open. */ readonly successes: number;
  /** Time until the next probe may be let through, in milliseconds; 0 unless open. */ readonly retryAfterMs: number;
  /** Code of the failure that opened it. */ readonly lastFailure?: string;
}

/** The right to make one call. Settle it exactly once; what comes later is ignored. */
export interface BreakerPermit {
  readonly isProbe: boolean;
  /** The call succeeded. */ succeed(): void;
  /** The call failed; whether it counts depends on the failure. */ fail(error: OrchestratorError): void;
  /** The call says nothing: cancelled, or ended for a reason of its own. */ release(): void;
}

/** How long those are told to wait who meet a probe under way, in milliseconds. */
const PROBE_RETRY_MS = 1_000;

/**
 * Stops calls to something that keeps failing. A result counts only in the generation in which
 * its call began: a late answer from before a change of state changes nothing. No timers; constant work per call.
 */
export class CircuitBreaker {
  readonly key: string;
  readonly #clock: Clock;
  readonly #failureThreshold: number;
  readonly #openMs: number;
  readonly #successThreshold: number;
  readonly #probeTimeoutMs: number;
  readonly #onChange: ((change: BreakerChange) => void) | undefined;
  #state: BreakerState = 'closed';
  #generation = 0;
  #failures = 0;
  #successes = 0;
  #openUntil = 0;
  #probe: Permit | undefined;
  #lastFailure: OrchestratorError | undefined;

  constructor(options: CircuitBreakerOptions = {}) {
    this.key = options.key ?? 'default';
    this.#clock = options.clock ?? systemClock;
    this.#failureThreshold = options.failureThreshold ?? 5;
    this.#openMs = options.openMs ?? 60_000;
    this.#successThreshold = options.successThreshold ?? 3;
    this.#probeTimeoutMs = options.probeTimeoutMs ?? 600_000;
    this.#onChange = options.onChange;
  }

  /** Open stays open until a call comes after its time: reading never changes it. */
  get state(): BreakerState {
    return this.#state;
  }

  /** True where a call would be let through now. Changes nothing; routing asks it before choosing a target. */
  get isAvailable(): boolean {
    if (this.#state === 'closed') return true;
    const now = this.#clock.monotonic();
    if (this.#state === 'open') return now >= this.#openUntil;
    return this.#probe === undefined;
  }

  /** Lets one call through, or refuses with `undefined`; then {@link CircuitBreaker.refusal} tells why. */
  tryEnter(): BreakerPermit | undefined {
    if (this.#state === 'closed') return new Permit(this.#settle, this.#generation, false, 0);
    const now = this.#clock.monotonic();
    if (this.#state === 'open') {
      if (now < this.#openUntil) return undefined;
      this.#change('half-open', 'the time is up, the next call is a probe');
    }
    if (this.#probe !== undefined && !this.#giveUpProbe(this.#probe, now)) return undefined;
    if (this.#state !== 'half-open') return undefined;
    this.#probe = new Permit(this.#settle, this.#generation, true, now);
    return this.#probe;
  }

  /** Lets one call through. @throws BreakerOpenError where it is refused. */
  enter(): BreakerPermit {
    const permit = this.tryEnter();
    if (permit === undefined) throw this.refusal();
    return permit;
  }

  /** The error of a refused call; its `cause` is the failure that opened the breaker. */
  refusal(): BreakerOpenError {
    return new BreakerOpenError(this.key, this.#retryAfterMs(), this.#lastFailure);
  }

  /**
   * Makes one call and counts how it ends. Its failure is passed on as it is.
   *
   * @param context - What is known about the call, to tell failures that count from those that do not.
   * @throws BreakerOpenError where the call is refused.
   */
  async execute<T>(call: () => Promise<T> | T, context?: ClassifyContext): Promise<T> {
    const permit = this.enter();
    try {
      const result = await call();
      permit.succeed();
      return result;
    } catch (error) {
      permit.fail(classify(error, context));
      throw error;
    }
  }

  /**
   * Opens it at once, whatever was counted: the key of a credential after CREDENTIAL_REJECTED or QUOTA_EXHAUSTED.
   */
  trip(error: OrchestratorError): void {
    this.#lastFailure = error;
    this.#open(`tripped by ${error.code}`);
  }

  /** Closes it by hand. */
  reset(): void {
    if (this.#state !== 'closed') this.#change('closed', 'reset by hand');
    this.#failures = 0;
  }

  /** Where it stands now. */
  snapshot(): BreakerSnapshot {
    return {
      key: this.key,
      state: this.#state,
      failures: this.#failures,
      successes: this.#successes,
      retryAfterMs: this.#state === 'open' ? this.#retryAfterMs() : 0,
      ...(this.#lastFailure === undefined ? {} : { lastFailure: this.#lastFailure.code }),
    };
  }

  /** Counts how a permitted call ended. */
  readonly #settle = (permit: Permit, outcome: Outcome): void => {
    if (permit.generation !== this.#generation) return;
    if (permit === this.#probe) this.#probe = undefined;
    if (outcome === 'release') return;
    if (outcome === 'success') return this.#succeed();
    // A credential is stopped by what concerns it alone: a service that is down says nothing about the key.
    if (this.key.startsWith('credential:')) return tripsBreaker(outcome) ? this.trip(outcome) : undefined;
    if (isCancelled(outcome) || !countsForBreaker(outcome)) return;
    this.#fail(outcome);
  };

  #succeed(): void {
    if (this.#state === 'closed') {
      this.#failures = 0;
      return;
    }
    this.#successes += 1;
    if (this.#successes >= this.#successThreshold) this.#change('closed', `${this.#successes} probes succeeded`);
  }

  #fail(error: OrchestratorError): void {
    this.#lastFailure = error;
    if (this.#state === 'half-open') return this.#open(`a probe failed with ${error.code}`);
    this.#failures += 1;
    if (this.#failures >= this.#failureThreshold) this.#open(`${this.#failures} failures in a row, ${error.code} last`);
  }

  /** A probe that never ends must not keep the breaker half-open. */
  #giveUpProbe(probe: Permit, now: number): boolean {
    if (now - probe.since < this.#probeTimeoutMs) return false;
    this.#open(`a probe gave no result within ${this.#probeTimeoutMs} ms`);
    return true;
  }

  #open(reason: string): void {
    this.#openUntil = this.#clock.monotonic() + this.#openMs;
    this.#change('open', reason);
  }

  #change(to: BreakerState, reason: string): void {
    const from = this.#state;
    this.#state = to;
    this.#generation += 1;
    this.#failures = 0;
    this.#successes = 0;
    this.#probe = undefined;
    if (from !== to) tell(this.#onChange, { key: this.key, from, to, reason, at: this.#clock.now() });
  }

  #retryAfterMs(): number {
    if (this.#state === 'open') return Math.max(0, Math.ceil(this.#openUntil - this.#clock.monotonic()));
    return this.#state === 'half-open' ? PROBE_RETRY_MS : 0;
  }
}

type Outcome = 'success' | 'release' | OrchestratorError;

class Permit implements BreakerPermit {
  #settle: ((permit: Permit, outcome: Outcome) => void) | undefined;
  readonly generation: number;
  readonly isProbe: boolean;
  /** When the probe began, on the monotonic clock. */ readonly since: number;

  constructor(settle: (permit: Permit, outcome: Outcome) => void, generation: number, isProbe: boolean, since: number) {
    this.#settle = settle;
    this.generation = generation;
    this.isProbe = isProbe;
    this.since = since;
  }

  succeed(): void {
    this.#end('success');
  }

  fail(error: OrchestratorError): void {
    this.#end(error);
  }

  release(): void {
    this.#end('release');
  }

  #end(outcome: Outcome): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(this, outcome);
  }
}

import { optional, type AnnouncedLimits } from '@master-orchestrator/contracts';
import {
  ConcurrencyLimiter,
  isCancelled,
  KeyedRegistry,
  RetryBudget,
  type BreakerPermit,
  type BreakerRegistry,
  type Clock,
  type LimiterChange,
  type LimiterOutcome,
  type LimiterPermit,
  type LimiterSnapshot,
  type OrchestratorError,
  type RateLimits,
} from '@master-orchestrator/errors';
import type { ModelTarget } from './model-registry.js';

/** Settings of {@link ModelGuards}. */
export interface ModelGuardsOptions {
  readonly clock: Clock;
  readonly breakers: BreakerRegistry;
  /** False: breakers neither count nor refuse. @default true */ readonly hasBreakers?: boolean;
  /** Calls at once per model: to begin with, least, most. */
  readonly concurrency: { readonly start: number; readonly lowest: number; readonly highest: number };
  readonly retryBudget: { readonly capacity: number; readonly perSuccess: number; readonly perSecond: number };
  readonly onLimiterChange?: (change: LimiterChange) => void;
}

/** The right to send one attempt. */
export interface ModelPermit {
  /** Gives it back; `failure` where the attempt failed. */ release(
    failure: OrchestratorError | undefined,
    limits?: AnnouncedLimits,
  ): void;
}

/** What stands between a run and a model: concurrency limiter, breaker of the model, breaker of the credential. */
export class ModelGuards {
  readonly #options: ModelGuardsOptions;
  readonly #limiters: KeyedRegistry<ConcurrencyLimiter>;
  readonly #retries: KeyedRegistry<RetryBudget>;
  /** Refusals for the rate since the last success, by target. One is enough where nothing has passed yet. */
  readonly #refusals = new KeyedRegistry({
    create: () => ({ inRow: REFUSALS_FOR_ALL - 1 }),
    isIdle: ({ inRow }) => inRow === 0,
  });

  constructor(options: ModelGuardsOptions) {
    this.#options = options;
    const { clock, concurrency, retryBudget } = options;
    this.#limiters = new KeyedRegistry({
      create: (key) =>
        new ConcurrencyLimiter({
          key,
          clock,
          initial: concurrency.start,
          min: concurrency.lowest,
          max: concurrency.highest,
          ...optional({ onChange: options.onLimiterChange }),
        }),
      isIdle: (limiter) => limiter.snapshot().active === 0,
    });
    const { capacity, perSecond, perSuccess } = retryBudget;
    this.#retries = new KeyedRegistry({
      create: () => new RetryBudget({ clock, capacity, refillPerSecond: perSecond, successGain: perSuccess }),
      isIdle: (budget) => budget.tokens >= capacity,
    });
  }

  /** True where an attempt would be let through by the breakers now. Changes nothing. */
  admits(target: ModelTarget): boolean {
    if (this.#options.hasBreakers === false) return true;
    const { breakers } = this.#options;
    const credential = credentialKey(target);
    return breakers.isAvailable(target.key) && (credential === undefined || breakers.isAvailable(credential));
  }

  /** True where the provider limits the tokens of this model: attempts should say how many they need. */
  limitsTokens(target: ModelTarget): boolean {
    return this.#limiters.peek(target.key)?.hasTokenLimit ?? false;
  }

  /**
   * Waits for a place and passes the breakers.
   *
   * @param tokens - Of the request, where {@link ModelGuards.limitsTokens}; else 0.
   * @throws OrchestratorError BREAKER_OPEN, CANCELLED, QUEUE_FULL, RATE_LIMITED
   */
  async enter(target: ModelTarget, signal: AbortSignal, tokens: number): Promise<ModelPermit> {
    return this.#permit(target, await this.#limiters.get(target.key).acquire(signal, tokens));
  }

  /** As {@link ModelGuards.enter}, at once; `undefined` where there is no place now. @throws OrchestratorError BREAKER_OPEN */
  tryEnter(target: ModelTarget, tokens: number): ModelPermit | undefined {
    const place = this.#limiters.get(target.key).tryAcquire(tokens);
    return place === undefined ? undefined : this.#permit(target, place);
  }

  /** Closes what refuses calls to a target: a person says that it is well again. */
  readmit(target: ModelTarget): void {
    if (this.admits(target)) return;
    const { breakers } = this.#options;
    breakers.get(target.key).reset();
    const credential = credentialKey(target);
    if (credential !== undefined) breakers.get(credential).reset();
  }

  /** Retry budget of a key. */
  retryBudget(key: string): RetryBudget {
    return this.#retries.get(key);
  }

  /** Every limiter with its present limit. */
  limiters(): LimiterSnapshot[] {
    return [...this.#limiters.entries()].map(([, limiter]) => limiter.snapshot());
  }

  #permit(target: ModelTarget, place: LimiterPermit): ModelPermit {
    let passes: BreakerPermit[];
    try {
      passes = this.#pass(target);
    } catch (error) {
      place.release('ignored');
      throw error;
    }
    return { release: (failure, limits) => this.#release(target, place, passes, failure, limits) };
  }

  #pass(target: ModelTarget): BreakerPermit[] {
    if (this.#options.hasBreakers === false) return [];
    const { breakers } = this.#options;
    const model = breakers.get(target.key).enter();
    const credential = credentialKey(target);
    if (credential === undefined) return [model];
    try {
      return [model, breakers.get(credential).enter()];
    } catch (error) {
      model.release();
      throw error;
    }
  }

  #release(
    target: ModelTarget,
    place: LimiterPermit,
    passes: readonly BreakerPermit[],
    failure: OrchestratorError | undefined,
    limits?: AnnouncedLimits,
  ): void {
    const isUncounted = failure !== undefined && isCancelled(failure);
    for (const pass of passes) {
      if (failure === undefined) pass.succeed();
      else if (isUncounted) pass.release();
      else pass.fail(failure);
    }
    const isForAll = this.#isRefusingAll(target, failure);
    const announced = limits === undefined ? limitsOfFailure(failure, isForAll) : rateLimitsOf(limits);
    place.release(outcomeOf(failure), announced);
  }

  /** True where a refusal is no accident of one attempt: the server says so, or nothing has passed for some attempts. */
  #isRefusingAll({ key }: ModelTarget, failure: OrchestratorError | undefined): boolean {
    const refusals = this.#refusals.get(key);
    if (failure === undefined) refusals.inRow = 0;
    else if (failure.code === 'RATE_LIMITED') refusals.inRow += 1;
    return failure?.code === 'SLOW_DOWN' || refusals.inRow >= REFUSALS_FOR_ALL;
  }
}

function credentialKey({ provider }: ModelTarget): string | undefined {
  return provider.credentialId === undefined ? undefined : `credential:${provider.credentialId}`;
}

function outcomeOf(failure: OrchestratorError | undefined): LimiterOutcome {
  switch (failure?.code) {
    case undefined:
      return 'success';
    case 'RATE_LIMITED':
      return 'rate-limited';
    case 'PROVIDER_OVERLOADED':
      return 'overloaded';
    case 'SLOW_DOWN':
      return 'slow-down';
    default:
      return 'ignored';
  }
}

/** Refusals in a row after which nobody is let through until the told wait is over. */
const REFUSALS_FOR_ALL = 3;

/**
 * Limits that a provider's error carries in its details, under `limits`. Where it refuses all for its rate and told a
 * wait, nothing is left until then, for any task: else each of them would be refused in its turn. A single refusal among
 * answers that pass holds up nobody but the one that was refused.
 */
function limitsOfFailure(failure: OrchestratorError | undefined, isForAll: boolean): RateLimits | undefined {
  const told = failure?.details?.['limits'];
  const limits = typeof told === 'object' && told !== null ? rateLimitsOf(told as AnnouncedLimits) : undefined;
  if (!isForAll || failure?.retryAfterMs === undefined) return limits;
  const dimension = limits?.tokens?.remaining === 0 && limits.requests?.remaining !== 0 ? 'tokens' : 'requests';
  return { ...limits, [dimension]: { ...limits?.[dimension], remaining: 0, resetMs: failure.retryAfterMs } };
}

function rateLimitsOf(limits: AnnouncedLimits): RateLimits {
  const { requestLimit, requestsRemaining, requestsResetMs, tokenLimit, tokensRemaining, tokensResetMs } = limits;
  const requests = optional({ limit: requestLimit, remaining: requestsRemaining, resetMs: requestsResetMs });
  const tokens = optional({ limit: tokenLimit, remaining: tokensRemaining, resetMs: tokensResetMs });
  return {
    ...(Object.keys(requests).length === 0 ? {} : { requests }),
    ...(Object.keys(tokens).length === 0 ? {} : { tokens }),
  };
}

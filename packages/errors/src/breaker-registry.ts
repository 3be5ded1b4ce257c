import { CircuitBreaker, type BreakerSnapshot, type CircuitBreakerOptions } from './circuit-breaker.js';
import { KeyedRegistry } from './keyed-registry.js';
import { tripsBreaker } from './counts-for-breaker.js';
import type { OrchestratorError } from './orchestrator-error.js';

/** Settings of a {@link BreakerRegistry}: those of its breakers, and what differs for some keys. */
export interface BreakerRegistryOptions extends Omit<CircuitBreakerOptions, 'key'> {
  /** Time until the probe of a `credential:` key, in milliseconds. @default 900_000 */ readonly credentialOpenMs?: number;
  /** Settings of single keys. */ readonly overrides?: (key: string) => Omit<CircuitBreakerOptions, 'key'> | undefined;
  /** Breakers kept; beyond it idle closed ones are forgotten. @default 10_000 */ readonly maxKeys?: number;
}

/** The circuit breakers of one process, by key. */
export class BreakerRegistry {
  readonly #breakers: KeyedRegistry<CircuitBreaker>;

  constructor(options: BreakerRegistryOptions = {}) {
    const { credentialOpenMs = 900_000, overrides, maxKeys, ...shared } = options;
    this.#breakers = new KeyedRegistry<CircuitBreaker>({
      ...(maxKeys === undefined ? {} : { maxKeys }),
      create: (key) => {
        const openMs = key.startsWith('credential:') ? { openMs: credentialOpenMs } : {};
        return new CircuitBreaker({ ...shared, ...openMs, ...overrides?.(key), key });
      },
      isIdle: (breaker) => breaker.state === 'closed' && breaker.snapshot().failures === 0,
    });
  }

  /** The breaker of a key. */
  get(key: string): CircuitBreaker {
    return this.#breakers.get(key);
  }

  /** True where a call under this key would be let through now; makes no breaker. */
  isAvailable(key: string): boolean {
    return this.#breakers.peek(key)?.isAvailable ?? true;
  }

  /** Opens the breaker of a credential where the failure says that it is not accepted or used up. */
  trip(key: string, error: OrchestratorError): void {
    if (tripsBreaker(error)) this.get(key).trip(error);
  }

  /** Every breaker, the closed ones too. */
  list(): BreakerSnapshot[] {
    return [...this.#breakers.entries()].map(([, breaker]) => breaker.snapshot());
  }

  /** Keys of the breakers that are not closed. */
  openKeys(): string[] {
    const open: string[] = [];
    for (const [key, breaker] of this.#breakers.entries()) if (breaker.state !== 'closed') open.push(key);
    return open;
  }
}

import type { BreakerState } from '@master-orchestrator/contracts';
import { Gauge, type Registry } from 'prom-client';
import { labelText } from './label-values.js';

const STATES: readonly BreakerState[] = ['closed', 'half-open', 'open'];

/**
 * State of each breaker that has ever changed, as one series a state of which one is 1. Where there are too many, closed
 * breakers make room: closed is what a breaker is that nobody hears of.
 */
export class BreakerGauge {
  readonly #gauge: Gauge<'breaker' | 'state'>;
  readonly #states = new Map<string, BreakerState>();
  readonly #most: number;

  constructor(registry: Registry, prefix: string, most: number) {
    this.#most = most;
    this.#gauge = new Gauge({
      name: `${prefix}breaker_state`,
      help: 'State of a circuit breaker: 1 for the state it is in, 0 for the others. Breakers that never changed are closed.',
      labelNames: ['breaker', 'state'],
      registers: [registry],
    });
  }

  /** A breaker changed. */
  set(key: string, state: BreakerState): void {
    const breaker = labelText(key);
    if (!this.#states.has(breaker) && this.#states.size >= this.#most && !this.#makeRoom()) return;
    this.#states.set(breaker, state);
    for (const each of STATES) this.#gauge.set({ breaker, state: each }, each === state ? 1 : 0);
  }

  #makeRoom(): boolean {
    for (const [breaker, state] of this.#states) {
      if (state !== 'closed') continue;
      this.#states.delete(breaker);
      for (const each of STATES) this.#gauge.remove({ breaker, state: each });
      return true;
    }
    return false;
  }
}

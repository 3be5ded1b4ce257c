import { ERROR_CATEGORIES, SEVERITIES, type ErrorCategory, type Severity } from './error-category.js';
import { SlidingCounter } from './internal/sliding-counter.js';
import type { OrchestratorError } from './orchestrator-error.js';

/** How often a strategy was tried and helped. */
export interface RecoveryStatistics {
  readonly attempts: number;
  readonly successes: number;
  /** Successes per attempt, 0 to 1; 0 without an attempt. */ readonly successRate: number;
}

/** What was counted so far. */
export interface ErrorStatistics {
  readonly total: number;
  readonly byCategory: Readonly<Record<ErrorCategory, number>>;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  readonly byCode: Readonly<Record<string, number>>;
  readonly byAgent: Readonly<Record<string, number>>;
  readonly byTool: Readonly<Record<string, number>>;
  /** Failures in the window that ends now. */
  readonly windows: { readonly lastMinute: number; readonly lastFiveMinutes: number; readonly lastHour: number };
  readonly recovery: RecoveryStatistics & { readonly byStrategy: Readonly<Record<string, RecoveryStatistics>> };
  /** Keys of the breakers that are not closed. */ readonly openBreakers: readonly string[];
}

/** Who was concerned. */
export interface CountedFor {
  readonly agentId?: string | undefined;
  readonly toolName?: string | undefined;
}

/** Names counted each on their own; those that come later are counted together. */
const MAX_NAMES = 1_000;

/** Name under which the rest is counted. */
const OTHERS = '(others)';

/** Counts failures and recoveries. Memory does not grow with their number. */
export class ErrorCounter {
  readonly #codes = new Map<string, number>();
  readonly #agents = new Map<string, number>();
  readonly #tools = new Map<string, number>();
  readonly #categories = new Map<string, number>(ERROR_CATEGORIES.map((name) => [name, 0]));
  readonly #severities = new Map<string, number>(SEVERITIES.map((name) => [name, 0]));
  readonly #attempts = new Map<string, number>();
  readonly #successes = new Map<string, number>();
  readonly #minute = new SlidingCounter(60_000);
  readonly #fiveMinutes = new SlidingCounter(300_000);
  readonly #hour = new SlidingCounter(3_600_000);
  #total = 0;

  /** @param now - Monotonic clock, milliseconds. */
  count(error: OrchestratorError, counted: CountedFor, now: number): void {
    this.#total += 1;
    increase(this.#categories, error.category);
    increase(this.#severities, error.severity);
    increase(this.#codes, error.code);
    if (counted.agentId !== undefined) increase(this.#agents, counted.agentId);
    if (counted.toolName !== undefined) increase(this.#tools, counted.toolName);
    this.#minute.add(now);
    this.#fiveMinutes.add(now);
    this.#hour.add(now);
  }

  /** A strategy was tried, and it helped or not. */
  recordRecovery(strategy: string, isSuccess: boolean): void {
    increase(this.#attempts, strategy);
    if (isSuccess) increase(this.#successes, strategy);
  }

  /** @param now - Monotonic clock, milliseconds. */
  statistics(now: number, openBreakers: readonly string[]): ErrorStatistics {
    const strategies = [...this.#attempts.keys()];
    const attempts = sum(this.#attempts);
    const successes = sum(this.#successes);
    return {
      total: this.#total,
      byCategory: Object.fromEntries(this.#categories) as Record<ErrorCategory, number>,
      bySeverity: Object.fromEntries(this.#severities) as Record<Severity, number>,
      byCode: Object.fromEntries(this.#codes),
      byAgent: Object.fromEntries(this.#agents),
      byTool: Object.fromEntries(this.#tools),
      windows: {
        lastMinute: this.#minute.count(now),
        lastFiveMinutes: this.#fiveMinutes.count(now),
        lastHour: this.#hour.count(now),
      },
      recovery: {
        ...rate(attempts, successes),
        byStrategy: Object.fromEntries(
          strategies.map((name) => [name, rate(this.#attempts.get(name) ?? 0, this.#successes.get(name) ?? 0)]),
        ),
      },
      openBreakers,
    };
  }
}

function increase(counts: Map<string, number>, name: string): void {
  const known = counts.get(name);
  const key = known === undefined && counts.size >= MAX_NAMES ? OTHERS : name;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}

function rate(attempts: number, successes: number): RecoveryStatistics {
  return { attempts, successes, successRate: attempts === 0 ? 0 : successes / attempts };
}

import type { BudgetLimits, StateStore } from '@master-orchestrator/contracts';
import { OrchestratorError, type Clock, type Json } from '@master-orchestrator/errors';
import type { Amount } from './budget-node.js';

/** What all processes together have used of a node, and what calls under way hold. */
export interface SharedSums {
  readonly tokens: number;
  readonly requests: number;
  readonly costUsd: number;
  readonly hasUnknownCost: boolean;
  readonly held: { readonly tokens: number; readonly requests: number; readonly costUsd: number };
}

/** A node with the limits that hold for it. */
export interface LimitedNode {
  readonly id: string;
  readonly limits: BudgetLimits;
}

interface Hold {
  readonly tokens: number;
  readonly requests: number;
  readonly costUsd: number;
  /** Whoever held it is taken for dead after this: then it counts as used. */ readonly until: number;
}

interface Stored {
  readonly tokens: number;
  readonly requests: number;
  readonly costUsd: number;
  readonly hasUnknownCost: boolean;
  readonly holds: { readonly [reservation: string]: Hold };
}

const NAMESPACE = 'budgets';
/** Longer than any attempt of a model call. */
const HOLD_MS = 900_000;
const EPSILON_USD = 1e-9;
const EMPTY: Stored = { tokens: 0, requests: 0, costUsd: 0, hasUnknownCost: false, holds: {} };

/**
 * Budgets in the shared state of a durable engine: they survive a restart and hold over all processes. A call is held in
 * every node in one transaction before it is sent; what a process held when it died counts as used.
 */
export class SharedBudgets {
  readonly #state: StateStore;
  readonly #clock: Clock;

  constructor(state: StateStore, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  /** The sums of nodes, by id. */
  async read(ids: readonly string[]): Promise<Map<string, SharedSums>> {
    const sums = new Map<string, SharedSums>();
    for (const id of ids) sums.set(id, sumsOf(await this.#load(this.#state, id)));
    return sums;
  }

  /**
   * Holds an amount in all nodes, or in none.
   *
   * @throws OrchestratorError BUDGET_LIMIT, naming the node
   */
  async hold(nodes: readonly LimitedNode[], reservation: string, amount: Amount): Promise<void> {
    const until = this.#clock.now() + HOLD_MS;
    await this.#state.transact(async (transaction) => {
      const stored = new Map<string, Stored>();
      for (const { id, limits } of nodes) {
        const row = await this.#load(transaction, id);
        checkRoom(id, limits, sumsOf(row), amount);
        stored.set(id, row);
      }
      for (const [id, row] of stored) {
        const hold = { tokens: amount.tokens, requests: amount.requests, costUsd: amount.costUsd ?? 0, until };
        await transaction.put(NAMESPACE, id, {
          ...row,
          holds: { ...row.holds, [reservation]: hold },
        } as unknown as Json);
      }
    });
  }

  /** Replaces what was held by what was used. */
  async settle(ids: readonly string[], reservation: string, used: Amount): Promise<void> {
    await this.#state.transact(async (transaction) => {
      for (const id of ids) {
        const row = await this.#load(transaction, id);
        const { [reservation]: _settled, ...holds } = row.holds;
        const next: Stored = {
          tokens: row.tokens + used.tokens,
          requests: row.requests + used.requests,
          costUsd: row.costUsd + (used.costUsd ?? 0),
          hasUnknownCost: row.hasUnknownCost || used.costUsd === undefined,
          holds,
        };
        await transaction.put(NAMESPACE, id, next as unknown as Json);
      }
    });
  }

  /** A node's row; holds whose time is up are counted as used. */
  async #load(state: Pick<StateStore, 'get'>, id: string): Promise<Stored> {
    const row = (await state.get(NAMESPACE, id))?.value as unknown as Stored | undefined;
    if (row === undefined) return EMPTY;
    const now = this.#clock.now();
    const expired = Object.entries(row.holds).filter(([, { until }]) => until <= now);
    if (expired.length === 0) return row;
    const holds = Object.fromEntries(Object.entries(row.holds).filter(([, { until }]) => until > now));
    const add = (field: 'tokens' | 'requests' | 'costUsd'): number =>
      expired.reduce((sum, [, hold]) => sum + hold[field], row[field]);
    return {
      tokens: add('tokens'),
      requests: add('requests'),
      costUsd: add('costUsd'),
      hasUnknownCost: row.hasUnknownCost,
      holds,
    };
  }
}

function sumsOf({ tokens, requests, costUsd, hasUnknownCost, holds }: Stored): SharedSums {
  const held = { tokens: 0, requests: 0, costUsd: 0 };
  for (const hold of Object.values(holds)) {
    held.tokens += hold.tokens;
    held.requests += hold.requests;
    held.costUsd += hold.costUsd;
  }
  return { tokens, requests, costUsd, hasUnknownCost, held };
}

function checkRoom(id: string, limits: BudgetLimits, sums: SharedSums, amount: Amount): void {
  for (const bound of ['tokens', 'requests', 'costUsd'] as const) {
    const limit = limits[bound];
    if (limit === undefined) continue;
    const used = sums[bound] + sums.held[bound];
    const wanted = amount[bound] ?? 0;
    if (used + wanted <= limit + (bound === 'costUsd' ? EPSILON_USD : 0)) continue;
    throw new OrchestratorError(
      'BUDGET_LIMIT',
      `Budget "${id}" allows ${limit} ${bound} over all processes: ${used} are used or held, this call could need ${wanted} more. Raise the budget, or ask for less.`,
      { details: { budget: id, bound, limit, used, wanted } },
    );
  }
}

import type { BudgetLimits, EventData } from '@master-orchestrator/contracts';
import { OrchestratorError, type Clock } from '@master-orchestrator/errors';
import type { SharedBudgets } from './shared-budgets.js';

/** What a model call may use at most, or has used. */
export interface Amount {
  readonly tokens: number;
  readonly requests: number;
  /** US dollars; `undefined` where the model's price is unknown. */ readonly costUsd: number | undefined;
}

/** What a node has used, holds for calls under way, and has left. */
export interface BudgetView {
  readonly id: string;
  readonly parent?: string;
  readonly limits: BudgetLimits;
  readonly used: {
    readonly tokens: number;
    readonly requests: number;
    readonly costUsd: number;
    readonly wallMs: number;
  };
  readonly reserved: { readonly tokens: number; readonly requests: number; readonly costUsd: number };
  /** True once something without a known price was used under it. */ readonly hasUnknownCost: boolean;
}

/** Tells of what happens in a budget; the runner turns it into events. */
export type BudgetReport = <Type extends 'budget-reserve' | 'budget-settle' | 'budget-refuse' | 'budget-warn'>(
  type: Type,
  data: EventData[Type],
) => void;

/** A reservation under way. Settle it exactly once. */
export interface Reservation {
  /** Replaces the reserved amount by what was used. */ settle(used: Amount): void;
}

/** A reservation that may be shared with other processes. */
export interface Held {
  /** Replaces the reserved amount by what was used. */ settle(used: Amount): Promise<void>;
}

interface Node {
  readonly id: string;
  readonly parent: Node | undefined;
  /** Nodes that stand below it. */ children: number;
  limits: BudgetLimits;
  hasLimits: boolean;
  tokens: number;
  requests: number;
  costUsd: number;
  reservedTokens: number;
  reservedRequests: number;
  reservedCostUsd: number;
  hasUnknownCost: boolean;
  openedAt: number;
  wallMs: number;
  openCount: number;
  isWarned: boolean;
}

const BOUNDS = ['tokens', 'requests', 'costUsd'] as const;
const DEFAULT_WARN_AT = 0.8;
const NO_LIMITS: BudgetLimits = Object.freeze({});
/** Sums of money are kept in floating point; a difference below this is rounding. */
const EPSILON_USD = 1e-9;

/**
 * Budgets that nest: orchestrator, team, agent, task, run. A call reserves its worst case in its node and all nodes above
 * before it is sent and settles after; both happen in one turn of the event loop, so that no interleaving of calls can
 * go over a bound.
 */
export class BudgetLedger {
  readonly #nodes = new Map<string, Node>();
  readonly #clock: Clock;
  /** Nodes with limits: without any, no path need be walked. */ #limited = 0;

  readonly #shared: SharedBudgets | undefined;
  #holds = 0;

  /** @param shared - Budgets of all processes; only with a durable engine. */
  constructor(clock: Clock, shared?: SharedBudgets) {
    this.#clock = clock;
    this.#shared = shared;
  }

  /** Takes over what all processes have used of the nodes that bound this one. */
  async refresh(id: string): Promise<void> {
    if (this.#shared === undefined) return;
    const nodes = this.#limitedPath(id).filter(({ hasLimits }) => hasLimits);
    const sums = await this.#shared.read(nodes.map((node) => node.id));
    for (const node of nodes) {
      const sum = sums.get(node.id);
      if (sum === undefined) continue;
      node.tokens = sum.tokens;
      node.requests = sum.requests;
      node.costUsd = sum.costUsd;
      node.hasUnknownCost ||= sum.hasUnknownCost;
      node.reservedTokens = sum.held.tokens;
      node.reservedRequests = sum.held.requests;
      node.reservedCostUsd = sum.held.costUsd;
    }
  }

  /**
   * Reserves as {@link reserve} does, and over all processes where budgets are shared.
   *
   * @throws OrchestratorError BUDGET_LIMIT naming the node and bound, BUDGET_UNPRICED
   */
  async hold(id: string, amount: Amount, report: BudgetReport): Promise<Held> {
    const shared = this.#shared;
    const nodes = shared === undefined ? [] : this.#limitedPath(id).filter(({ hasLimits }) => hasLimits);
    const reservation = this.reserve(id, amount, report);
    if (shared === undefined || nodes.length === 0) return { settle: async (used) => reservation.settle(used) };
    const ids = nodes.map((node) => node.id);
    this.#holds += 1;
    const key = `${id}#${this.#clock.now()}.${this.#holds}`;
    try {
      await shared.hold(nodes, key, amount);
    } catch (error) {
      reservation.settle({ tokens: 0, requests: 0, costUsd: 0 });
      throw error;
    }
    return {
      settle: async (used) => {
        reservation.settle(used);
        // What cannot be written stays held and counts as used in the end: never too little.
        await shared.settle(ids, key, used).catch(() => undefined);
      },
    };
  }

  /**
   * Adds a node, or takes up the one there is with new limits.
   *
   * @param id - Unique, for example `task:task_1`.
   * @param parent - Id of the node above; unknown ones are made without limits.
   */
  open(id: string, limits: BudgetLimits = {}, parent?: string): void {
    const node = this.#nodes.get(id) ?? this.#add(id, parent);
    if (Object.keys(limits).length > 0 || !node.hasLimits) this.#limit(node, limits);
    if (node.openCount === 0) node.openedAt = this.#clock.monotonic();
    node.openCount += 1;
  }

  /** Adds a node where it is not there yet; the limits of one that is there stay. */
  ensure(id: string, limits: BudgetLimits, parent: string): void {
    if (id === parent || this.#nodes.has(id)) return;
    this.#limit(this.#add(id, parent), limits);
  }

  /** Ends the running time of a node; `forget` removes it once nothing below needs it. */
  close(id: string, options: { readonly forget?: boolean } = {}): void {
    const node = this.#nodes.get(id);
    if (node === undefined) return;
    node.openCount = Math.max(0, node.openCount - 1);
    if (node.openCount === 0) node.wallMs += this.#clock.monotonic() - node.openedAt;
    if (options.forget === true && node.openCount === 0 && node.children === 0) this.#remove(node);
  }

  /** Changes the limits of a node, live. */
  setLimits(id: string, limits: BudgetLimits): void {
    this.#limit(this.#nodes.get(id) ?? this.#add(id, undefined), limits);
  }

  /**
   * Reserves an amount in a node and all nodes above it, or in none.
   *
   * @throws OrchestratorError BUDGET_LIMIT naming the node and bound, BUDGET_UNPRICED
   */
  reserve(id: string, amount: Amount, report: BudgetReport): Reservation {
    const path = this.#limitedPath(id);
    for (const node of path) this.#check(node, amount, report);
    for (const node of path) {
      node.reservedTokens += amount.tokens;
      node.reservedRequests += amount.requests;
      node.reservedCostUsd += amount.costUsd ?? 0;
      if (node.hasLimits)
        report('budget-reserve', {
          budget: node.id,
          tokens: amount.tokens,
          ...(amount.costUsd === undefined ? {} : { costUsd: amount.costUsd }),
        });
    }
    let isSettled = false;
    return {
      settle: (used) => {
        if (isSettled) return;
        isSettled = true;
        for (const node of path) settleIn(node, amount, used, report);
      },
    };
  }

  /**
   * What is left for one call under all bounds that hold for a node; `undefined` where none bounds it.
   *
   * Used to cap `maxOutputTokens`, so that a call can be reserved that could not with the model's own maximum.
   */
  left(id: string): { readonly tokens?: number; readonly costUsd?: number } {
    let tokens: number | undefined;
    let costUsd: number | undefined;
    for (const node of this.#limitedPath(id)) {
      if (node.limits.tokens !== undefined)
        tokens = Math.min(tokens ?? Infinity, node.limits.tokens - node.tokens - node.reservedTokens);
      if (node.limits.costUsd !== undefined)
        costUsd = Math.min(costUsd ?? Infinity, node.limits.costUsd - node.costUsd - node.reservedCostUsd);
    }
    return {
      ...(tokens === undefined ? {} : { tokens: Math.max(0, tokens) }),
      ...(costUsd === undefined ? {} : { costUsd: Math.max(0, costUsd) }),
    };
  }

  /** True where a bound of tokens or money holds for a node: only then a call must be estimated. */
  isBounded(id: string): boolean {
    if (this.#limited === 0) return false;
    for (let node = this.#nodes.get(id); node; node = node.parent) if (node.hasLimits) return true;
    return false;
  }

  /** True where a node or one above it has passed its warning threshold. */
  isWarned(id: string): boolean {
    if (this.#limited === 0) return false;
    for (let node = this.#nodes.get(id); node; node = node.parent) if (node.isWarned) return true;
    return false;
  }

  /** The state of a node, or `undefined`. */
  view(id: string): BudgetView | undefined {
    const node = this.#nodes.get(id);
    return node === undefined ? undefined : this.#viewOf(node);
  }

  /** All nodes that have limits. */
  list(): BudgetView[] {
    return [...this.#nodes.values()].filter((node) => node.hasLimits).map((node) => this.#viewOf(node));
  }

  #viewOf(node: Node): BudgetView {
    return {
      id: node.id,
      ...(node.parent === undefined ? {} : { parent: node.parent.id }),
      limits: node.limits,
      used: { tokens: node.tokens, requests: node.requests, costUsd: node.costUsd, wallMs: this.#wallOf(node) },
      reserved: { tokens: node.reservedTokens, requests: node.reservedRequests, costUsd: node.reservedCostUsd },
      hasUnknownCost: node.hasUnknownCost,
    };
  }

  #wallOf(node: Node): number {
    return node.wallMs + (node.openCount > 0 ? this.#clock.monotonic() - node.openedAt : 0);
  }

  #check(node: Node, amount: Amount, report: BudgetReport): void {
    if (!node.hasLimits) return;
    if (node.limits.costUsd !== undefined && amount.costUsd === undefined && node.limits.allowUnpriced !== true) {
      throw new OrchestratorError(
        'BUDGET_UNPRICED',
        `Budget "${node.id}" is in money, but the model's price is unknown. Register a price table, or set allowUnpriced on the budget.`,
      );
    }
    for (const bound of BOUNDS) {
      const limit = node.limits[bound];
      if (limit === undefined) continue;
      const wanted = amount[bound] ?? 0;
      const used = node[bound] + reservedOf(node, bound);
      if (used + wanted > limit + (bound === 'costUsd' ? EPSILON_USD : 0))
        throw refuse(node, bound, limit, used, wanted, report);
    }
    const { wallMs } = node.limits;
    const elapsed = wallMs === undefined ? 0 : this.#wallOf(node);
    if (wallMs !== undefined && elapsed >= wallMs) throw refuse(node, 'wallMs', wallMs, Math.round(elapsed), 1, report);
  }

  #limitedPath(id: string): Node[] {
    const path: Node[] = [];
    for (let node = this.#nodes.get(id); node; node = node.parent) path.push(node);
    return path;
  }

  #limit(node: Node, limits: BudgetLimits): void {
    const { tokens, requests, costUsd, wallMs } = limits;
    this.#limited -= Number(node.hasLimits);
    node.limits = limits;
    node.hasLimits = tokens !== undefined || requests !== undefined || costUsd !== undefined || wallMs !== undefined;
    node.isWarned = false;
    this.#limited += Number(node.hasLimits);
  }

  #remove(node: Node): void {
    this.#nodes.delete(node.id);
    this.#limited -= Number(node.hasLimits);
    if (node.parent !== undefined) node.parent.children -= 1;
  }

  #add(id: string, parentId: string | undefined): Node {
    const parent = parentId === undefined ? undefined : (this.#nodes.get(parentId) ?? this.#add(parentId, undefined));
    const node: Node = {
      id,
      parent,
      children: 0,
      limits: NO_LIMITS,
      hasLimits: false,
      tokens: 0,
      requests: 0,
      costUsd: 0,
      reservedTokens: 0,
      reservedRequests: 0,
      reservedCostUsd: 0,
      hasUnknownCost: false,
      openedAt: this.#clock.monotonic(),
      wallMs: 0,
      openCount: 0,
      isWarned: false,
    };
    this.#nodes.set(id, node);
    if (parent !== undefined) parent.children += 1;
    return node;
  }
}

function reservedOf(node: Node, bound: (typeof BOUNDS)[number]): number {
  return bound === 'tokens' ? node.reservedTokens : bound === 'requests' ? node.reservedRequests : node.reservedCostUsd;
}

function refuse(
  node: Node,
  bound: string,
  limit: number,
  used: number,
  wanted: number,
  report: BudgetReport,
): OrchestratorError {
  report('budget-refuse', { budget: node.id, bound, limit, used, wanted });
  const details = { budget: node.id, bound, limit, used, wanted };
  return new OrchestratorError(
    'BUDGET_LIMIT',
    `Budget "${node.id}" allows ${limit} ${bound}: ${used} are used or reserved, this call could need ${wanted} more. Raise the budget, or ask for less.`,
    { details },
  );
}

function settleIn(node: Node, reserved: Amount, used: Amount, report: BudgetReport): void {
  node.reservedTokens -= reserved.tokens;
  node.reservedRequests -= reserved.requests;
  node.reservedCostUsd -= reserved.costUsd ?? 0;
  if (Math.abs(node.reservedCostUsd) < EPSILON_USD) node.reservedCostUsd = 0;
  node.tokens += used.tokens;
  node.requests += used.requests;
  if (used.costUsd === undefined) node.hasUnknownCost = true;
  else node.costUsd += used.costUsd;
  if (!node.hasLimits) return;
  report('budget-settle', {
    budget: node.id,
    tokens: used.tokens,
    ...(used.costUsd === undefined ? {} : { costUsd: used.costUsd }),
  });
  warn(node, report);
}

function warn(node: Node, report: BudgetReport): void {
  if (node.isWarned) return;
  const share = node.limits.warnAt ?? DEFAULT_WARN_AT;
  for (const bound of BOUNDS) {
    const limit = node.limits[bound];
    if (limit === undefined || node[bound] < limit * share) continue;
    node.isWarned = true;
    report('budget-warn', { budget: node.id, bound, limit, used: node[bound] });
    return;
  }
}

import type { BudgetLimits } from '@master-orchestrator/contracts';
import { OrchestratorError, type Clock } from '@master-orchestrator/errors';
import { randomUUID } from 'node:crypto';
import {
  BOUNDS,
  EPSILON_USD,
  newNode,
  placeNode,
  refuse,
  reservedOf,
  runningTimeOf,
  settleIn,
  startNode,
  stopNode,
  type Amount,
  type BudgetNode,
  type BudgetReport,
} from './budget-node.js';
import type { SharedBudgets } from './shared-budgets.js';

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

/** A reservation under way. Settle it exactly once. */
export interface Reservation {
  /** Replaces the reserved amount by what was used. */ settle(used: Amount): void;
}

/** A reservation that may be shared with other processes. */
export interface Held {
  /** Replaces the reserved amount by what was used. */ settle(used: Amount): Promise<void>;
}

/** Running time that is left under a bound of it. */
export interface WallLeft {
  readonly leftMs: number;
  /** Node whose bound it is. */ readonly budget: string;
  readonly limitMs: number;
  /** True where a person is asked at that bound. */ readonly asksPerson: boolean;
}

/**
 * Budgets that nest: orchestrator, team, agent, task, run. A call reserves its worst case in its node and all nodes above
 * before it is sent and settles after; both happen in one turn of the event loop, so that no interleaving of calls can
 * go over a bound.
 */
export class BudgetLedger {
  readonly #nodes = new Map<string, BudgetNode>();
  readonly #clock: Clock;
  /** Nodes with limits: without any, no path need be walked. */ #limited = 0;

  readonly #shared: SharedBudgets | undefined;
  #holds = 0;
  /** Tells this ledger's holds from those of other processes, which count alike and begin in the same millisecond. */
  readonly #owner = randomUUID();

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
    const key = `${id}#${this.#owner}.${this.#holds}`;
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
   * Adds a node, or takes up the one there is with new limits. Its running time goes on from now, and that of all nodes
   * above it.
   *
   * @param id - Unique, for example `task:task_1`.
   * @param parent - Id of the node above; unknown ones are made without limits.
   */
  open(id: string, limits: BudgetLimits = {}, parent?: string): void {
    const node = this.#nodes.get(id) ?? this.#add(id, parent);
    node.isForgotten = false;
    if (parent !== undefined) this.#place(node, parent);
    if (Object.keys(limits).length > 0 || !node.hasLimits) this.#limit(node, limits);
    startNode(node, this.#clock.monotonic());
  }

  /** Adds a node where it is not there yet; the limits of one that is there stay. */
  ensure(id: string, limits: BudgetLimits, parent: string): void {
    if (id === parent) return;
    const known = this.#nodes.get(id);
    if (known === undefined) this.#limit(this.#add(id, parent), limits);
    else this.#place(known, parent);
  }

  /** Ends the running time of a node; `forget` removes it once nothing below needs it. */
  close(id: string, options: { readonly forget?: boolean } = {}): void {
    const node = this.#nodes.get(id);
    if (node === undefined) return;
    stopNode(node, this.#clock.monotonic());
    if (options.forget !== true) return;
    node.isForgotten = true;
    this.#prune(node);
  }

  /** A task waits without working: its running time stands still until {@link resume}. */
  pause(id: string): void {
    const node = this.#nodes.get(id);
    if (node !== undefined) stopNode(node, this.#clock.monotonic());
  }

  /** Undoes {@link pause}. */
  resume(id: string): void {
    const node = this.#nodes.get(id);
    if (node !== undefined) startNode(node, this.#clock.monotonic());
  }

  /** Changes the limits of a node, live. Nodes of unknown ids stand below the orchestrator until a task says where. */
  setLimits(id: string, limits: BudgetLimits): void {
    this.#limit(this.#nodes.get(id) ?? this.#add(id, undefined), limits);
  }

  /**
   * A person gives a node more of what it has used up: as much again as it was given at first. Nothing happens where its
   * bound is another one by now than the refused call found.
   *
   * @param bound - `tokens`, `requests`, `costUsd` or `wallMs`
   * @param found - The bound that the refused call found.
   */
  raise(id: string, bound: string, found: number): void {
    const node = this.#nodes.get(id);
    if (node === undefined || !isBound(bound) || node.limits[bound] !== found) return;
    const { given } = node;
    this.#limit(node, { ...node.limits, [bound]: found + (given[bound] ?? found) });
    node.given = given;
  }

  /** The running time that is left for a node under all bounds of it and of those above; `undefined` where none bounds it. */
  wallLeft(id: string): WallLeft | undefined {
    if (this.#limited === 0) return undefined;
    let least: WallLeft | undefined;
    for (const node of this.#limitedPath(id)) {
      const { wallMs: limitMs } = node.limits;
      if (limitMs === undefined) continue;
      const leftMs = Math.max(0, limitMs - this.#wallOf(node));
      const asksPerson = node.limits.onExhausted === 'ask';
      if (least === undefined || leftMs < least.leftMs) least = { leftMs, budget: node.id, limitMs, asksPerson };
    }
    return least;
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
        for (const node of path) {
          const wallMs = node.limits.wallMs === undefined ? 0 : this.#wallOf(node);
          settleIn(node, amount, used, wallMs, report);
        }
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

  #viewOf(node: BudgetNode): BudgetView {
    return {
      id: node.id,
      ...(node.parent === undefined ? {} : { parent: node.parent.id }),
      limits: node.limits,
      used: { tokens: node.tokens, requests: node.requests, costUsd: node.costUsd, wallMs: this.#wallOf(node) },
      reserved: { tokens: node.reservedTokens, requests: node.reservedRequests, costUsd: node.reservedCostUsd },
      hasUnknownCost: node.hasUnknownCost,
    };
  }

  #wallOf(node: BudgetNode): number {
    return runningTimeOf(node, this.#clock.monotonic());
  }

  #check(node: BudgetNode, amount: Amount, report: BudgetReport): void {
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

  #limitedPath(id: string): BudgetNode[] {
    const path: BudgetNode[] = [];
    for (let node = this.#nodes.get(id); node; node = node.parent) path.push(node);
    return path;
  }

  #limit(node: BudgetNode, limits: BudgetLimits): void {
    const { tokens, requests, costUsd, wallMs } = limits;
    this.#limited -= Number(node.hasLimits);
    node.limits = limits;
    node.given = limits;
    node.hasLimits = tokens !== undefined || requests !== undefined || costUsd !== undefined || wallMs !== undefined;
    node.isWarned = false;
    this.#limited += Number(node.hasLimits);
  }

  /** Removes a node that nobody needs any more, and those above it that waited for that. */
  #prune(start: BudgetNode): void {
    for (let node: BudgetNode | undefined = start; node?.isForgotten === true; node = node.parent) {
      if (node.openCount > 0 || node.children > 0) return;
      this.#nodes.delete(node.id);
      this.#limited -= Number(node.hasLimits);
      if (node.parent !== undefined) node.parent.children -= 1;
    }
  }

  /** Puts a node that was made before anybody knew its place below the one it belongs to. */
  #place(node: BudgetNode, parentId: string): void {
    if (node.parent !== undefined || node.id === ROOT || node.id === parentId) return;
    placeNode(node, this.#nodes.get(parentId) ?? this.#add(parentId, undefined), this.#clock.monotonic());
  }

  #add(id: string, parentId: string | undefined): BudgetNode {
    const node = newNode(id);
    this.#nodes.set(id, node);
    if (parentId !== undefined) this.#place(node, parentId);
    return node;
  }
}

function isBound(name: string): name is (typeof BOUNDS)[number] | 'wallMs' {
  return name === 'wallMs' || BOUNDS.some((bound) => bound === name);
}

const ROOT = 'orchestrator';

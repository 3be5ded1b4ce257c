import type { BudgetLimits, EventData } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';

/** What a model call may use at most, or has used. */
export interface Amount {
  readonly tokens: number;
  readonly requests: number;
  /** US dollars; `undefined` where the model's price is unknown. */ readonly costUsd: number | undefined;
}

/** Tells of what happens in a budget; the runner turns it into events. */
export type BudgetReport = <Type extends 'budget-reserve' | 'budget-settle' | 'budget-refuse' | 'budget-warn'>(
  type: Type,
  data: EventData[Type],
) => void;

/** One budget: what it allows, what was used and what is held. Changed by its ledger alone. */
export interface BudgetNode {
  readonly id: string;
  parent: BudgetNode | undefined;
  /** Nodes that stand below it. */ children: number;
  limits: BudgetLimits;
  /** Its limits before a person raised any. */ given: BudgetLimits;
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
  /** To be removed as soon as nothing stands below it. */ isForgotten: boolean;
}

/** The bounds that a reservation is measured by. */
export const BOUNDS = ['tokens', 'requests', 'costUsd'] as const;
const DEFAULT_WARN_AT = 0.8;
const NO_LIMITS: BudgetLimits = Object.freeze({});
/** Sums of money are kept in floating point; a difference below this is rounding. */
export const EPSILON_USD = 1e-9;

/** A node without limits that nothing was used of. */
export function newNode(id: string): BudgetNode {
  return {
    id,
    parent: undefined,
    children: 0,
    limits: NO_LIMITS,
    given: NO_LIMITS,
    hasLimits: false,
    tokens: 0,
    requests: 0,
    costUsd: 0,
    reservedTokens: 0,
    reservedRequests: 0,
    reservedCostUsd: 0,
    hasUnknownCost: false,
    openedAt: 0,
    wallMs: 0,
    openCount: 0,
    isWarned: false,
    isForgotten: false,
  };
}

/** Puts a node below another one; what runs in it runs in that one too. */
export function placeNode(node: BudgetNode, parent: BudgetNode, now: number): void {
  node.parent = parent;
  parent.children += 1;
  if (node.openCount > 0) startNode(parent, now);
}

/** Something begins to run in a node, and so in all nodes above it. A node runs while anything in it does. */
export function startNode(start: BudgetNode, now: number): void {
  for (let node: BudgetNode | undefined = start; node !== undefined; node = node.parent) {
    node.openCount += 1;
    if (node.openCount > 1) return;
    node.openedAt = now;
  }
}

/** Undoes {@link startNode}. */
export function stopNode(start: BudgetNode, now: number): void {
  for (let node: BudgetNode | undefined = start; node !== undefined && node.openCount > 0; node = node.parent) {
    node.openCount -= 1;
    if (node.openCount > 0) return;
    node.wallMs += now - node.openedAt;
  }
}

/** Milliseconds in which something ran in a node. */
export function runningTimeOf(node: BudgetNode, now: number): number {
  return node.wallMs + (node.openCount > 0 ? now - node.openedAt : 0);
}

/** What calls under way hold of a bound. */
export function reservedOf(node: BudgetNode, bound: (typeof BOUNDS)[number]): number {
  return bound === 'tokens' ? node.reservedTokens : bound === 'requests' ? node.reservedRequests : node.reservedCostUsd;
}

/** Tells of a call that a bound does not allow, and makes its error. */
export function refuse(
  node: BudgetNode,
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

/** Replaces a reserved amount by what was used. */
export function settleIn(node: BudgetNode, reserved: Amount, used: Amount, wallMs: number, report: BudgetReport): void {
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
  warn(node, wallMs, report);
}

function warn(node: BudgetNode, wallMs: number, report: BudgetReport): void {
  if (node.isWarned) return;
  const share = node.limits.warnAt ?? DEFAULT_WARN_AT;
  for (const bound of [...BOUNDS, 'wallMs'] as const) {
    const limit = node.limits[bound];
    const used = bound === 'wallMs' ? wallMs : node[bound];
    if (limit === undefined || used < limit * share) continue;
    node.isWarned = true;
    report('budget-warn', { budget: node.id, bound, limit, used });
    return;
  }
}

import type { Fault } from './openai-server/fault.js';
import type { RecordedRequest } from './openai-server/scripted-answer.js';
import { seededRandom } from './seeded.js';

/** Which requests a fault hits. All that is given must hold; with nothing given it hits every request. */
export interface FaultRule {
  /** What happens; of several one is drawn. */ readonly fault: Fault | readonly Fault[];
  /** Positions of model calls, from 0. */ readonly at?: readonly number[];
  /** First position. @default 0 */ readonly from?: number;
  /** Position after the last. @default no end */ readonly to?: number;
  /** Every n-th, counted from `from`. @default 1 */ readonly every?: number;
  /** Part of the requests, 0 to 1, drawn by the seed. @default 1 */ readonly ratio?: number;
  readonly matches?: (request: RecordedRequest) => boolean;
}

/** Says which fault, if any, hits a request. Asked twice it says the same. */
export type FaultPlan = (request: RecordedRequest, index: number) => Fault | undefined;

/**
 * Decides by position and chance which requests fail, for the `faults` option of `startOpenAIServer`. The first rule
 * that holds for a request gives its fault. Equal seeds give equal plans, in whatever order requests come.
 */
export function faultPlan(
  rules: readonly FaultRule[],
  { seed = 1 }: { readonly seed?: number | string } = {},
): FaultPlan {
  return (request, index) => {
    for (const [position, rule] of rules.entries()) {
      const random = seededRandom(`${seed}:${position}:${index}`);
      if (!hits(rule, request, index, random())) continue;
      const faults = Array.isArray(rule.fault) ? (rule.fault as readonly Fault[]) : [rule.fault as Fault];
      return faults[Math.floor(random() * faults.length)];
    }
    return undefined;
  };
}

function hits(rule: FaultRule, request: RecordedRequest, index: number, drawn: number): boolean {
  const { at, from = 0, to = Infinity, every = 1, ratio = 1, matches } = rule;
  if (at !== undefined && !at.includes(index)) return false;
  if (index < from || index >= to || (index - from) % every !== 0) return false;
  return drawn < ratio && (matches?.(request) ?? true);
}

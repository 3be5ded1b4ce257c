import type { ErrorCategory } from '@master-orchestrator/errors';
import type { FaultKind } from '@master-orchestrator/testing';

/** How often the fault is met: by every request, or by the first one alone. */
export type Leg = 'lasting' | 'passing';

/** How a task ends that meets a fault. */
export type Expectation =
  | { readonly status: 'failed'; readonly category: ErrorCategory }
  | { readonly status: 'completed' };

/** Faults that one look is enough for: the same request cannot go well later. */
const FINAL: readonly string[] = [
  'http-400',
  'http-401',
  'http-403',
  'http-404',
  'http-422',
  'http-429-day',
  'http-429-quota',
];

/**
 * How a task must end. A fault that lasts fails it in the fault's own category; what the model itself does wrong turn
 * after turn makes no progress, which is the agent's fault. A fault that passes is recovered from, unless it is final.
 */
export function expectationOf(kind: FaultKind, leg: Leg): Expectation {
  if (leg === 'passing' && !FINAL.includes(kind.name)) return { status: 'completed' };
  return { status: 'failed', category: kind.isOfTheRun ? 'AGENT_ERROR' : kind.category };
}

/** A fault of the way to the service (a closed port, a name, a certificate) has no second answer. */
export function legsOf(kind: FaultKind): readonly Leg[] {
  return kind.place === 'answer' ? ['lasting', 'passing'] : ['lasting'];
}

/** An expectation or an end in words: `completed`, `failed NETWORK_ERROR`. */
export function inWords(end: { readonly status: string; readonly category?: string }): string {
  return end.category === undefined ? end.status : `${end.status} ${end.category}`;
}

import { describe, expect, it } from 'vitest';
import {
  ErrorHandler,
  OrchestratorError,
  PlanCursor,
  type ErrorHandlerOptions,
  type HandledDecision,
  type PlanCursorOptions,
  type RecoveryStrategy,
} from '../src/index.js';
import { VirtualClock } from './virtual-clock.js';

function decisionsOf(
  code: string,
  times: number,
  options: Partial<PlanCursorOptions> = {},
  handler: ErrorHandlerOptions = {},
): HandledDecision[] {
  const clock = new VirtualClock();
  const cursor = new PlanCursor({
    handler: new ErrorHandler({ clock, random: () => 0.5, ...handler }),
    step: { kind: 'model-call', name: 'a' },
    clock,
    ...options,
  });
  return Array.from({ length: times }, () => cursor.fail(new OrchestratorError(code, 'x')).decision);
}

const most = (decisions: readonly HandledDecision[]): unknown[] =>
  decisions.map((decision) => (decision.action === 'retry' ? decision.maxAttempts : decision.action));

const planOf = (strategy: string, options: object = {}) => ({
  PROVIDER_ERROR: [{ strategy, options: { ...options } }],
});

describe('a retry', () => {
  it('tells how many attempts its plan allows', () => {
    expect(most(decisionsOf('PROVIDER_ERROR', 4, { plans: planOf('RETRY', { attempts: 4 }) }))).toEqual([
      4,
      4,
      4,
      'terminate',
    ]);
  });

  it('tells no more than the attempts in place leave of them, over all targets', () => {
    const plans = { PROVIDER_ERROR: [...planOf('RETRY', { attempts: 9 }).PROVIDER_ERROR] };
    expect(most(decisionsOf('PROVIDER_ERROR', 3, { plans }, { limits: { attemptsInPlace: 3 } }))).toEqual([
      3,
      3,
      'terminate',
    ]);
  });

  it('in the queue tells how many parked ones are left', () => {
    const plans = planOf('RETRY', { parked: true });
    const decisions = decisionsOf('PROVIDER_ERROR', 3, { plans, canPark: true }, { limits: { parkedRetries: 2 } });
    expect(most(decisions)).toEqual([3, 3, 'terminate']);
  });

  it.each([
    ['of a strategy without a number has none', undefined, undefined],
    ['takes no number from a plugin that makes no sense', Number.NaN, undefined],
    ['takes none that is used up already', 1, undefined],
    ['takes that of a plugin', 7, 7],
  ])('%s', (_name, given, expected) => {
    const again: RecoveryStrategy = {
      name: 'AGAIN',
      decide: () => ({ action: 'retry', delayMs: 1, ...(given === undefined ? {} : { maxAttempts: given }) }),
    };
    const decisions = decisionsOf('PROVIDER_ERROR', 1, { plans: planOf('AGAIN') }, { strategies: [again] });
    expect(most(decisions)).toEqual([expected]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createStandardStrategies,
  ErrorHandler,
  OrchestratorError,
  type FailureContext,
  type RecoveryDecision,
  type StandardStrategyOptions,
} from '../src/index.js';

function failure(more: Partial<FailureContext>, retryAfterMs?: number): FailureContext {
  return {
    error: new OrchestratorError('PROVIDER_ERROR', 'it failed', retryAfterMs === undefined ? {} : { retryAfterMs }),
    step: { kind: 'model-call', name: 'model:x:y' },
    attempt: 1,
    totalAttempts: 1,
    used: [],
    fallbacks: [],
    parkedRetries: 0,
    canPark: false,
    canEscalate: false,
    hasRetryToken: true,
    ...more,
  };
}

function retry(
  asked: FailureContext,
  drawn: number,
  options: StandardStrategyOptions = {},
): RecoveryDecision | undefined {
  const [strategy] = createStandardStrategies({ ...options, random: () => drawn });
  return strategy?.decide(asked, { attempts: 20 });
}

const parts = fc.record({
  attempt: fc.integer({ min: 1, max: 11 }),
  canPark: fc.boolean(),
  deadlineInMs: fc.option(fc.double({ min: -5, max: 200_000, noNaN: true }), { nil: undefined }),
  toldMs: fc.option(fc.integer({ min: 1, max: 200_000 }), { nil: undefined }),
  capMs: fc.integer({ min: 0, max: 200_000 }),
});

describe('the wait of RETRY', () => {
  it('is decided by the failure: chance draws its length and nothing else', () => {
    fc.assert(
      fc.property(parts, ({ attempt, canPark, deadlineInMs, toldMs, capMs }) => {
        const asked = failure({ attempt, canPark, ...(deadlineInMs === undefined ? {} : { deadlineInMs }) }, toldMs);
        const seen = [0, 0.3, 0.999_999].map((drawn) => retry(asked, drawn, { capMs, baseMs: capMs }));
        const kinds = seen.map((each) => (each?.action === 'retry' ? `retry ${each.isParked === true}` : 'none'));
        expect(new Set(kinds).size).toBe(1);
      }),
    );
  });

  it('is never earlier than told, never past the deadline, never long in place', () => {
    fc.assert(
      fc.property(parts, fc.double({ min: 0, max: 0.999_999, noNaN: true }), (each, drawn) => {
        const { attempt, canPark, deadlineInMs, toldMs, capMs } = each;
        const asked = failure({ attempt, canPark, ...(deadlineInMs === undefined ? {} : { deadlineInMs }) }, toldMs);
        const decision = retry(asked, drawn, { capMs, baseMs: capMs });
        if (decision?.action !== 'retry') return;
        expect(decision.delayMs).toBeGreaterThanOrEqual(toldMs ?? 0);
        if (deadlineInMs !== undefined) expect(decision.delayMs).toBeLessThan(deadlineInMs);
        if (decision.isParked !== true) expect(decision.delayMs).toBeLessThanOrEqual(60_000);
      }),
    );
  });

  it('is shortened to end before a near deadline', () => {
    expect(retry(failure({ deadlineInMs: 50 }), 0.9)).toMatchObject({ action: 'retry', delayMs: 49 });
    expect(retry(failure({ deadlineInMs: 50 }, 60), 0)).toBeUndefined();
  });
});

describe('the limits of a handler', () => {
  const handler = new ErrorHandler({ limits: { attemptsInPlace: 3, parkedRetries: 1 } });

  it('bound the attempts in place, whatever a plan says', () => {
    expect(handler.decide(failure({ attempt: 2, totalAttempts: 2 })).action).toBe('retry');
    expect(handler.decide(failure({ attempt: 3, totalAttempts: 3 })).action).toBe('terminate');
  });

  it('bound the parked retries, and may allow more than usual', () => {
    const parked = (parkedRetries: number): FailureContext =>
      failure({ attempt: 6, totalAttempts: 3, canPark: true, parkedRetries });
    expect(handler.decide(parked(0))).toMatchObject({ action: 'retry', isParked: true });
    expect(handler.decide(parked(1)).action).toBe('terminate');
    const patient = new ErrorHandler({
      limits: { parkedRetries: 20 },
      strategies: createStandardStrategies({ parkedRetries: 20 }),
    });
    expect(patient.decide(parked(15))).toMatchObject({ action: 'retry', isParked: true });
  });
});

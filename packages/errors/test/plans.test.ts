import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createStandardStrategies,
  ERROR_CATALOG,
  ERROR_CATEGORIES,
  ErrorHandler,
  findPlan,
  mergePlans,
  OrchestratorError,
  STANDARD_PLANS,
  type FailureContext,
  type OrchestratorErrorOptions,
  type RecoveryStrategy,
  type StepKind,
} from '../src/index.js';

function failure(
  code: string,
  more: Partial<FailureContext> = {},
  options: OrchestratorErrorOptions = {},
): FailureContext {
  return {
    error: new OrchestratorError(code, 'it failed', options),
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

/** A plan in one line: `RETRY 6; FALLBACK; RETRY parked; ESCALATE`. */
function written(code: string, kind: StepKind = 'model-call', options: OrchestratorErrorOptions = {}): string {
  const { plan } = findPlan(STANDARD_PLANS, failure(code, { step: { kind, name: 'x' } }, options));
  return plan
    .map(({ strategy, options: entry = {} }) => {
      if (entry['parked'] === true) return `${strategy} parked`;
      const words: unknown[] = [strategy, entry['attempts'], entry['times']];
      if (entry['baseMs'] !== undefined) words.push('base', entry['baseMs']);
      words.push(entry['scope']);
      if (entry['onlyOptional'] === true) words.push('optional');
      if (entry['keepAnswer'] === true) words.push('keep');
      return words.filter((word) => typeof word === 'string' || typeof word === 'number').join(' ');
    })
    .join('; ');
}

describe('the plan of a category', () => {
  it.each<[string, OrchestratorErrorOptions, string]>([
    ['NETWORK', { category: 'NETWORK_ERROR' }, 'RETRY 6; FALLBACK; RETRY parked; ESCALATE'],
    ['TIMEOUT', { category: 'TIMEOUT_ERROR' }, 'RETRY 2; FALLBACK; RETRY parked; ESCALATE'],
    ['RESOURCE, retryable', { category: 'RESOURCE_ERROR', isRetryable: true }, 'RETRY 6; FALLBACK; RETRY parked'],
    ['RESOURCE, final', { category: 'RESOURCE_ERROR' }, 'FALLBACK; ESCALATE'],
    ['VALIDATION, from us', { category: 'VALIDATION_ERROR' }, 'TERMINATE'],
    ['PERMISSION', { category: 'PERMISSION_ERROR' }, 'ESCALATE; SKIP optional; TERMINATE'],
    ['TOOL', { category: 'TOOL_ERROR' }, 'RETRY 3; FALLBACK; SKIP'],
    ['AGENT', { category: 'AGENT_ERROR' }, 'RESET 1 instructions; ESCALATE; TERMINATE'],
    ['SYSTEM', { category: 'SYSTEM_ERROR' }, 'RESET 1 component; ESCALATE; TERMINATE'],
  ])('%s', (_, options, plan) => {
    expect(written('ACME', 'model-call', options)).toBe(plan);
  });

  it('VALIDATION, from the model', () => {
    expect(STANDARD_PLANS['VALIDATION_ERROR:model']?.map(({ strategy }) => strategy)).toEqual([
      'RESET',
      'FALLBACK',
      'TERMINATE',
    ]);
  });
});

describe('the plan of a code', () => {
  it.each([
    ['CONTEXT_TOO_LONG', 'RESET 1 context; FALLBACK; TERMINATE'],
    ['PROMPT_REFUSED', 'ESCALATE; TERMINATE'],
    ['REQUEST_INVALID', 'TERMINATE'],
    ['TRANSCRIPT_BROKEN', 'RESET 1 transcript; TERMINATE'],
    ['INPUT_MEDIA_INVALID', 'TERMINATE'],
    ['CREDENTIAL_REJECTED', 'FALLBACK; ESCALATE; TERMINATE'],
    ['QUOTA_EXHAUSTED', 'FALLBACK; ESCALATE'],
    ['ACCESS_DENIED', 'FALLBACK; ESCALATE'],
    ['MODEL_NOT_FOUND', 'FALLBACK; TERMINATE'],
    ['ENDPOINT_MISMATCH', 'TERMINATE'],
    ['PROVIDER_TIMEOUT', 'RETRY 2; FALLBACK; RETRY parked; ESCALATE'],
    ['PROVIDER_CONFLICT', 'RETRY 3; FALLBACK'],
    ['REQUEST_TOO_LARGE', 'RESET 1 context; TERMINATE'],
    ['CONTEXT_CUT_SILENTLY', 'RESET 1 context; SKIP keep'],
    ['DEPENDENCY_FAILED', 'RETRY 6; FALLBACK; RETRY parked; ESCALATE'],
    ['REQUEST_OVER_LIMIT', 'RESET 1 context; FALLBACK; TERMINATE'],
    ['RATE_LIMITED', 'RETRY 6 base 1000; FALLBACK; RETRY parked'],
    ['SLOW_DOWN', 'RETRY 6 base 5000; FALLBACK; RETRY parked'],
    ['PROVIDER_ERROR', 'RETRY 6; FALLBACK; RETRY parked; ESCALATE'],
    ['GATEWAY_ERROR', 'RETRY 6; FALLBACK; RETRY parked; ESCALATE'],
    ['PROVIDER_OVERLOADED', 'RETRY 6 base 2000; FALLBACK; RETRY parked'],
    ['RESPONSE_UNEXPECTED', 'FALLBACK; TERMINATE'],
    ['RESPONSE_MALFORMED', 'RETRY 2; FALLBACK'],
    ['STREAM_CUT', 'RETRY 3'],
    ['STREAM_MALFORMED', 'RETRY 2'],
    ['OUTPUT_TRUNCATED', 'RESET 2 request; SKIP keep'],
    ['TOOL_CALL_TRUNCATED', 'RESET 2 request; FALLBACK'],
    ['OUTPUT_FILTERED', 'ESCALATE; TERMINATE'],
    ['MODEL_REFUSED', 'ESCALATE; TERMINATE'],
    ['OUTPUT_EMPTY', 'RETRY 2; RESET 1 instructions; ESCALATE'],
    ['OUTPUT_INVALID', 'RESET 2 instructions; FALLBACK; TERMINATE'],
    ['LOOP_DETECTED', 'RESET 1 instructions; ESCALATE'],
    ['TURN_LIMIT', 'RESET 1 instructions; ESCALATE'],
    ['BUDGET_LIMIT', 'ESCALATE'],
    ['PROTOCOL_ERROR', 'RETRY 2; FALLBACK; RETRY parked; ESCALATE'],
    ['TLS_FAILED', 'RETRY 2; FALLBACK; RETRY parked; ESCALATE'],
    ['DESCRIPTORS_EXHAUSTED', 'RETRY 6 base 1000; FALLBACK; RETRY parked'],
    ['DISK_FULL', 'TERMINATE orchestrator'],
    ['DISK_FAILED', 'TERMINATE orchestrator'],
    ['WORKER_LOST', 'RESET 1 component; ESCALATE; TERMINATE'],
    ['BREAKER_OPEN', 'FALLBACK; RETRY 6; RETRY parked'],
  ])('%s: %s', (code, plan) => {
    expect(written(code)).toBe(plan);
  });

  it('differs for 501 and for a name that does not exist', () => {
    expect(written('ENDPOINT_MISMATCH', 'model-call', { details: { status: 501 } })).toBe('FALLBACK; TERMINATE');
    expect(written('DNS_FAILED', 'model-call', { details: { nodeCode: 'ENOTFOUND' } })).toBe(
      'RETRY 2; FALLBACK; RETRY parked; ESCALATE',
    );
    expect(written('DNS_FAILED', 'model-call', { details: { nodeCode: 'EAI_AGAIN' } })).toBe(
      'RETRY 6; FALLBACK; RETRY parked; ESCALATE',
    );
  });
});

describe('the plan of a tool call', () => {
  it.each([
    ['TOOL_FAILED', 'RETRY 3; FALLBACK; SKIP'],
    ['TOOL_TIMEOUT', 'RETRY 2; FALLBACK; SKIP'],
    ['CONNECTION_FAILED', 'RETRY 6; FALLBACK; SKIP'],
    ['FILE_FORBIDDEN', 'SKIP'],
    ['TOOL_ARGUMENTS_INVALID', 'SKIP'],
    ['TOOL_UNKNOWN', 'SKIP'],
    ['TOOL_FORBIDDEN', 'SKIP'],
    ['USER_CONTEXT_INVALID', 'SKIP'],
    ['UNKNOWN_ERROR', 'SKIP'],
    ['BREAKER_OPEN', 'FALLBACK; SKIP'],
    ['CREDENTIAL_REJECTED', 'FALLBACK; ESCALATE; TERMINATE'],
    ['DISK_FULL', 'TERMINATE orchestrator'],
    ['EFFECT_UNKNOWN', 'ESCALATE'],
  ])('%s: %s', (code, plan) => {
    expect(written(code, 'tool-call')).toBe(plan);
  });

  it('is that of the agent after the third failure in a row', () => {
    const third = failure('TOOL_FAILED', { step: { kind: 'tool-call', name: 'x' }, failuresInRow: 3 });
    expect(findPlan(STANDARD_PLANS, third).key).toBe('AGENT_ERROR');
  });

  it('may be written on its own', () => {
    const plans = mergePlans(STANDARD_PLANS, { 'tool-call:TOOL_ERROR': [{ strategy: 'ESCALATE' }] });
    const found = findPlan(plans, failure('TOOL_FAILED', { step: { kind: 'tool-call', name: 'x' } }));
    expect(found).toEqual({ key: 'tool-call:TOOL_ERROR', plan: [{ strategy: 'ESCALATE' }] });
  });
});

describe('mergePlans', () => {
  it('replaces the plan of a key with all its variants', () => {
    const merged = mergePlans(STANDARD_PLANS, { RESOURCE_ERROR: [{ strategy: 'TERMINATE' }], DNS_FAILED: [] });
    expect(merged['RESOURCE_ERROR:retryable']).toBeUndefined();
    expect(merged['DNS_FAILED@ENOTFOUND']).toBeUndefined();
    expect(merged['RATE_LIMITED']).toBe(STANDARD_PLANS['RATE_LIMITED']);
  });

  it('keeps the variants that the same override gives', () => {
    const merged = mergePlans({}, { A: [], 'A:final': [] });
    expect(Object.keys(merged)).toEqual(['A', 'A:final']);
  });

  it('lets the last one win and leaves its input alone', () => {
    const base = { A: [] };
    expect(mergePlans(base, undefined, { A: [{ strategy: 'X' }] }, { A: [{ strategy: 'Y' }] })).toEqual({
      A: [{ strategy: 'Y' }],
    });
    expect(base).toEqual({ A: [] });
  });
});

describe('RETRY', () => {
  const handler = new ErrorHandler({ random: () => 0.5 });

  it('waits with full jitter', () => {
    expect(handler.decide(failure('PROVIDER_ERROR', { attempt: 3 }))).toMatchObject({
      action: 'retry',
      delayMs: 400,
      strategy: 'RETRY',
    });
    expect(handler.decide(failure('RATE_LIMITED', { attempt: 1 }))).toMatchObject({ delayMs: 500 });
  });

  it('waits as told', () => {
    expect(handler.decide(failure('RATE_LIMITED', {}, { retryAfterMs: 4_000 }))).toMatchObject({
      action: 'retry',
      delayMs: 4_200,
    });
  });

  it('is not for what is not retryable or not replay-safe', () => {
    expect(handler.decide(failure('PROVIDER_ERROR', {}, { isRetryable: false })).action).toBe('terminate');
    expect(handler.decide(failure('PROVIDER_ERROR', { fallbacks: ['b'] }, { isReplaySafe: false }))).toMatchObject({
      action: 'fallback',
      target: 'b',
    });
  });

  it('is not without a token of the retry budget', () => {
    expect(handler.decide(failure('PROVIDER_ERROR', { hasRetryToken: false, fallbacks: ['b'] })).action).toBe(
      'fallback',
    );
  });

  it('ends with its attempts', () => {
    expect(handler.decide(failure('PROVIDER_ERROR', { attempt: 5, totalAttempts: 5 })).action).toBe('retry');
    expect(handler.decide(failure('PROVIDER_ERROR', { attempt: 6, totalAttempts: 6 })).action).toBe('terminate');
  });

  it('parks a wait over a minute, or passes on', () => {
    const dayLong = { retryAfterMs: 86_400_000 };
    expect(handler.decide(failure('RATE_LIMITED', { canPark: true }, dayLong))).toMatchObject({
      action: 'retry',
      isParked: true,
    });
    expect(handler.decide(failure('RATE_LIMITED', { fallbacks: ['b'] }, dayLong)).action).toBe('fallback');
  });

  it('sleeps a wait of exactly a minute, without its jitter', () => {
    expect(handler.decide(failure('RATE_LIMITED', {}, { retryAfterMs: 60_000 }))).toMatchObject({
      action: 'retry',
      delayMs: 60_000,
    });
  });

  it('does not begin a wait past the deadline', () => {
    const late = { deadlineInMs: 3_000, fallbacks: ['b'], canPark: true };
    expect(handler.decide(failure('RATE_LIMITED', late, { retryAfterMs: 4_000 })).action).toBe('fallback');
  });

  it('parked waits from one to ten minutes, ten times at most', () => {
    const parked = (parkedRetries: number): unknown =>
      handler.decide(
        failure('PROVIDER_ERROR', {
          attempt: 6,
          totalAttempts: 6,
          canPark: true,
          parkedRetries,
          used: [5, 0, parkedRetries],
        }),
      );
    expect(parked(0)).toMatchObject({ action: 'retry', isParked: true, delayMs: 30_000 });
    expect(parked(2)).toMatchObject({ delayMs: 120_000 });
    expect(parked(9)).toMatchObject({ delayMs: 300_000 });
    expect(parked(10)).toMatchObject({ action: 'terminate' });
  });
});

describe('the other strategies', () => {
  const handler = new ErrorHandler({ random: () => 0.5 });

  it('FALLBACK takes the declared result where no target is left', () => {
    expect(handler.decide(failure('ACCESS_DENIED', { declaredResult: { rows: [] } }))).toMatchObject({
      action: 'fallback',
      result: { rows: [] },
    });
  });

  it('SKIP tells the model what failed and what to do', () => {
    const told = handler.decide(failure('FILE_INVALID', { step: { kind: 'tool-call', name: 'read_file' } }));
    expect(told).toMatchObject({ action: 'skip', strategy: 'SKIP' });
    expect('note' in told && told.note).toBe(
      `Tool "read_file" gave no result: VALIDATION_ERROR FILE_INVALID. it failed ${ERROR_CATALOG.FILE_INVALID.advice}`,
    );
  });

  it('SKIP of a forbidden step is for optional ones', () => {
    const step = { kind: 'run', name: 'x', isOptional: true } as const;
    expect(handler.decide(failure('ACCESS_DENIED', { step, used: [] })).action).toBe('terminate');
    expect(handler.decide(failure('GUARDRAIL_TRIPPED', { step })).action).toBe('skip');
    expect(handler.decide(failure('GUARDRAIL_TRIPPED', {})).action).toBe('terminate');
  });

  it('SKIP keeps an answer that is merely flagged', () => {
    expect(handler.decide(failure('OUTPUT_TRUNCATED', { used: [2] }))).toMatchObject({
      action: 'skip',
      keepsAnswer: true,
    });
  });

  it('ESCALATE passes on where nobody can answer', () => {
    expect(handler.decide(failure('BUDGET_LIMIT', { canEscalate: true }))).toMatchObject({
      action: 'escalate',
      reason: 'BUDGET_LIMIT: it failed',
    });
    expect(handler.decide(failure('BUDGET_LIMIT'))).toMatchObject({ action: 'terminate', severity: 'HIGH' });
  });

  it('RESET tells the model its mistake, twice', () => {
    const invalid = (used: number[]): unknown =>
      handler.decide(failure('OUTPUT_INVALID', { used }, { details: { issues: ['a: missing'] } }));
    expect(invalid([])).toMatchObject({ action: 'reset', scope: 'instructions', hint: 'it failed a: missing' });
    expect(invalid([1])).toMatchObject({ action: 'reset' });
    expect(invalid([2])).toMatchObject({ action: 'terminate' });
  });

  it('RESET does not repeat a tool call that may have taken effect', () => {
    const plans = { 'tool-call:WORKER_LOST': [{ strategy: 'RESET', options: { scope: 'component' } }] };
    const lost = (isReplaySafe: boolean): string =>
      handler.decide(failure('WORKER_LOST', { step: { kind: 'tool-call', name: 'x' } }, { isReplaySafe }), plans)
        .action;
    expect([lost(true), lost(false)]).toEqual(['reset', 'skip']);
  });

  it('TERMINATE of a failed disk concerns the orchestrator', () => {
    expect(handler.decide(failure('DISK_FULL'))).toMatchObject({
      action: 'terminate',
      scope: 'orchestrator',
      severity: 'CRITICAL',
    });
  });
});

describe('deciding', () => {
  it('has no plan for a cancellation', () => {
    const all = { canEscalate: true, fallbacks: ['b'], canPark: true };
    expect(new ErrorHandler().decide(failure('CANCELLED', all))).toMatchObject({
      action: 'terminate',
      reason: 'cancelled',
      severity: 'LOW',
    });
  });

  it('raises the severity of an exhausted plan to HIGH', () => {
    expect(new ErrorHandler().decide(failure('STREAM_CUT', { attempt: 3 }))).toMatchObject({
      action: 'terminate',
      severity: 'HIGH',
    });
  });

  it('asks strategies of plugins by name, and passes over those that throw or are unknown', () => {
    const webhook: RecoveryStrategy = { name: 'WEBHOOK', decide: () => ({ action: 'escalate', reason: 'called' }) };
    const broken: RecoveryStrategy = {
      name: 'BROKEN',
      decide: () => {
        throw new Error('bug');
      },
    };
    const handler = new ErrorHandler({
      strategies: [...createStandardStrategies(), webhook, broken],
      plans: { TOOL_ERROR: [{ strategy: 'NOBODY' }, { strategy: 'BROKEN' }, { strategy: 'WEBHOOK' }] },
    });
    expect(handler.decide(failure('TOOL_FAILED'))).toMatchObject({
      action: 'escalate',
      reason: 'called',
      strategy: 'WEBHOOK',
      entry: 2,
    });
  });

  it('holds strategies of plugins to the limits', () => {
    const decisions: unknown[] = [
      { action: 'retry', delayMs: -1 },
      { action: 'retry', delayMs: Number.NaN },
      { action: 'retry', delayMs: 60_001 },
      { action: 'retry', delayMs: 10, isParked: true },
      { action: 'dance' },
    ];
    for (const decision of decisions) {
      const strategy = { name: 'ODD', decide: () => decision } as unknown as RecoveryStrategy;
      const handler = new ErrorHandler({ strategies: [strategy], plans: { TOOL_FAILED: [{ strategy: 'ODD' }] } });
      expect(handler.decide(failure('TOOL_FAILED')).action).toBe('terminate');
    }
  });

  it('takes plans of rows that plugins add, under those of the configuration', () => {
    const rules = [{ name: 'acme', matches: () => true, code: 'ACME', plan: [{ strategy: 'ESCALATE' }] }];
    const handler = new ErrorHandler({ rules });
    expect(handler.decide(failure('ACME', { canEscalate: true }))).toMatchObject({ strategy: 'ESCALATE' });
    const configured = new ErrorHandler({ rules, plans: { ACME: [] } });
    expect(configured.decide(failure('ACME', { canEscalate: true }))).toMatchObject({ strategy: 'TERMINATE' });
  });

  it('lets plans of one agent, tool or task replace the others', () => {
    const plans = { PROVIDER_ERROR: [{ strategy: 'TERMINATE' }] };
    expect(new ErrorHandler().decide(failure('PROVIDER_ERROR'), plans).strategy).toBe('TERMINATE');
  });

  it('gives a sound decision for any failure (property)', { timeout: 60_000 }, () => {
    const handler = new ErrorHandler({ random: () => 0.3 });
    const context = fc.record({
      code: fc.constantFrom(...Object.keys(ERROR_CATALOG), 'ACME'),
      category: fc.constantFrom(...ERROR_CATEGORIES),
      kind: fc.constantFrom<StepKind>('model-call', 'tool-call', 'run', 'task'),
      attempt: fc.integer({ min: 1, max: 20 }),
      used: fc.array(fc.nat(12), { maxLength: 5 }),
      fallbacks: fc.array(fc.string(), { maxLength: 3 }),
      parkedRetries: fc.nat(12),
      canPark: fc.boolean(),
      canEscalate: fc.boolean(),
      hasRetryToken: fc.boolean(),
      deadlineInMs: fc.option(fc.integer({ min: -5, max: 100_000 }), { nil: undefined }),
      retryAfterMs: fc.option(fc.integer({ min: 1, max: 200_000 }), { nil: undefined }),
      isReplaySafe: fc.boolean(),
    });
    fc.assert(
      fc.property(context, ({ code, category, kind, retryAfterMs, isReplaySafe, deadlineInMs, ...more }) => {
        const options = {
          isReplaySafe,
          ...(code === 'ACME' ? { category } : {}),
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        };
        const given = failure(
          code,
          {
            ...more,
            totalAttempts: more.attempt,
            step: { kind, name: 'x' },
            ...(deadlineInMs === undefined ? {} : { deadlineInMs }),
          },
          options,
        );
        const decision = handler.decide(given);
        if (decision.action !== 'retry') return true;
        const isWithin = deadlineInMs === undefined || decision.delayMs < deadlineInMs;
        const isPlaced =
          decision.isParked === true
            ? given.canPark && given.parkedRetries < 10
            : decision.delayMs <= 60_000 && given.totalAttempts < 12;
        return (
          isWithin &&
          isPlaced &&
          given.error.isRetryable &&
          given.error.isReplaySafe &&
          decision.delayMs >= Math.min(retryAfterMs ?? 0, decision.delayMs)
        );
      }),
      { numRuns: 5_000 },
    );
  });
});

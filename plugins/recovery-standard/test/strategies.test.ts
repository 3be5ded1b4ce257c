import {
  ErrorHandler,
  OrchestratorError,
  STANDARD_PLANS,
  type FailureContext,
  type HandledDecision,
  type OrchestratorErrorOptions,
  type PlanTable,
} from '@master-orchestrator/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECOVERY_PRESETS, standardRecoveryPlugin, type StandardRecoveryPluginOptions } from '../src/index.js';

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

/** Decides as a host would that has the plugin. */
function decide(options: StandardRecoveryPluginOptions, asked: FailureContext, plans?: PlanTable): HandledDecision {
  const strategies = standardRecoveryPlugin(options).contributes.recoveryStrategies ?? [];
  return new ErrorHandler({ strategies }).decide(asked, plans);
}

it('adds the six strategies under the names that plans use', () => {
  const names = standardRecoveryPlugin().contributes.recoveryStrategies?.map(({ name }) => name);
  expect(names).toEqual(['RETRY', 'FALLBACK', 'SKIP', 'ESCALATE', 'RESET', 'TERMINATE']);
});

it('decides without options as the strategies do that every host has', () => {
  const random = (): number => 0.25;
  const plain = new ErrorHandler({ random });
  const codes = Object.keys(STANDARD_PLANS).map((key) => key.replace(/^tool-call:/, '').split(/[:@]/)[0] ?? '');
  fc.assert(
    fc.property(
      fc.constantFrom(...new Set(codes)),
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom('model-call' as const, 'tool-call' as const),
      (code, attempt, canPark, canEscalate, kind) => {
        const asked = failure(code, {
          attempt,
          totalAttempts: attempt,
          canPark,
          canEscalate,
          step: { kind, name: 'x' },
          fallbacks: ['other'],
        });
        expect(decide({ random }, asked)).toEqual(plain.decide(asked));
      },
    ),
  );
});

describe('RETRY', () => {
  const plan = { NETWORK_ERROR: [{ strategy: 'RETRY' }] };
  const asked = (attempt: number): FailureContext => failure('CONNECTION_FAILED', { attempt, totalAttempts: attempt });

  it('takes its attempts from the plan, and from the option where the plan names none', () => {
    expect(decide({ retry: { attempts: 4 } }, asked(3), plan).action).toBe('retry');
    expect(decide({ retry: { attempts: 4 } }, asked(4), plan).action).toBe('terminate');
    expect(decide({ retry: { attempts: 2 } }, asked(5)).action).toBe('retry');
  });

  it('never exceeds maxAttempts, whatever a plan says', () => {
    expect(decide({ retry: { maxAttempts: 2 } }, asked(1)).action).toBe('retry');
    expect(decide({ retry: { maxAttempts: 2 } }, asked(2)).action).toBe('terminate');
    expect(decide({ retry: { maxAttempts: 2 } }, asked(2), plan).action).toBe('terminate');
  });

  it('waits within the bounds given', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, drawn) => {
        const decision = decide({ retry: { baseMs: 50, longestMs: 120 }, random: () => drawn }, asked(attempt));
        const delayMs = decision.action === 'retry' ? decision.delayMs : Number.NaN;
        expect(delayMs).toBeLessThanOrEqual(Math.min(120, 50 * 2 ** (attempt - 1)));
      }),
    );
  });

  it('parks a wait that is too long for its place, and spreads parked waits as told', () => {
    const told = failure('RATE_LIMITED', { canPark: true }, { retryAfterMs: 5_000 });
    expect(decide({ retry: { longestInPlaceMs: 1_000 } }, told)).toMatchObject({ action: 'retry', isParked: true });
    const parked = failure('CONNECTION_FAILED', { attempt: 6, totalAttempts: 6, canPark: true });
    const decision = decide({ retry: { parkBaseMs: 100 }, random: () => 0.5 }, parked);
    expect(decision).toMatchObject({ action: 'retry', isParked: true, delayMs: 50 });
  });
});

describe('FALLBACK', () => {
  it('asks as many other targets as allowed, then gives the declared result', () => {
    const plan = { MODEL_NOT_FOUND: [{ strategy: 'FALLBACK' }] };
    const asked = (used: number): FailureContext =>
      failure('MODEL_NOT_FOUND', { fallbacks: ['b', 'c'], declaredResult: 'none', used: [used] });
    expect(decide({ fallback: { times: 1 } }, asked(0), plan)).toMatchObject({ action: 'fallback', target: 'b' });
    expect(decide({ fallback: { times: 1 } }, asked(1), plan)).toMatchObject({ action: 'fallback', result: 'none' });
  });

  it('prefers a declared result where that is wanted', () => {
    const asked = failure('MODEL_NOT_FOUND', { fallbacks: ['b'], declaredResult: 'none' });
    const decision = decide({ fallback: { prefersDeclaredResult: true } }, asked);
    expect(decision).toMatchObject({ action: 'fallback', result: 'none' });
  });
});

it('tells the note given in place of a result that was left out', () => {
  const asked = failure('TOOL_FAILED', { step: { kind: 'tool-call', name: 'scan' } });
  expect(decide({ skip: { note: 'no scan today' } }, asked)).toMatchObject({ action: 'skip', note: 'no scan today' });
});

it('puts only failures of the severity given before somebody', () => {
  const asked = failure('ACCESS_DENIED', { canEscalate: true });
  expect(asked.error.severity).toBe('HIGH');
  expect(decide({ escalate: { from: 'HIGH' } }, asked).action).toBe('escalate');
  expect(decide({ escalate: { from: 'CRITICAL' } }, asked).action).toBe('terminate');
});

it('resets as often as allowed, with the advice given', () => {
  const plan = { OUTPUT_INVALID: [{ strategy: 'RESET', options: { scope: 'instructions' } }] };
  const asked = (used: number): FailureContext => failure('OUTPUT_INVALID', { used: [used] });
  const options = { reset: { times: 2, hint: 'JSON only.' } };
  expect(decide(options, asked(1), plan)).toMatchObject({ action: 'reset', hint: 'JSON only.' });
  expect(decide(options, asked(2), plan).action).toBe('terminate');
});

it('stops the orchestrator on the codes given', () => {
  const options = { terminate: { stopOn: ['CONFIG_INVALID'] } };
  expect(decide(options, failure('CONFIG_INVALID'))).toMatchObject({ action: 'terminate', scope: 'orchestrator' });
  expect(decide(options, failure('REQUEST_INVALID'))).toMatchObject({ action: 'terminate', scope: 'task' });
});

it.each<[string, StandardRecoveryPluginOptions]>([
  ['retry', { retry: { attempts: 0 } }],
  ['escalate', { escalate: { from: 'URGENT' as never } }],
  ['unknown', { retries: {} } as StandardRecoveryPluginOptions],
])('refuses options that do not fit (%s)', (_name, options) => {
  expect(() => standardRecoveryPlugin(options)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', category: 'VALIDATION_ERROR' }),
  );
});

describe('the presets', () => {
  const decidedBy = (preset: keyof typeof RECOVERY_PRESETS, asked: FailureContext): HandledDecision =>
    decide({}, asked, RECOVERY_PRESETS[preset]);
  const down = (more: Partial<FailureContext>): FailureContext =>
    failure('CONNECTION_FAILED', { attempt: 6, totalAttempts: 6, fallbacks: ['b'], ...more });

  it('moves on quickly where somebody waits', () => {
    expect(decidedBy('quick', down({ attempt: 2, totalAttempts: 2, canPark: true }))).toMatchObject({ target: 'b' });
  });

  it('waits in the queue where nobody does', () => {
    expect(decidedBy('patient', down({ canPark: true }))).toMatchObject({ action: 'retry', isParked: true });
  });

  it('asks a person where one supervises', () => {
    expect(decidedBy('supervised', failure('REQUEST_INVALID', { canEscalate: true })).action).toBe('terminate');
    expect(decidedBy('supervised', failure('CREDENTIAL_REJECTED', { canEscalate: true })).action).toBe('escalate');
  });
});

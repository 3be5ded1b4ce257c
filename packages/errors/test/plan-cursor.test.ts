import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createStandardStrategies,
  ERROR_CATALOG,
  ErrorHandler,
  OrchestratorError,
  PlanCursor,
  RetryBudget,
  type HandledDecision,
  type PlanCursorOptions,
  type PlanCursorState,
  type RecoveryStrategy,
  type StepKind,
} from '../src/index.js';
import { VirtualClock } from './virtual-clock.js';

const handlerOf = (clock = new VirtualClock()): ErrorHandler => new ErrorHandler({ clock, random: () => 0.5 });

function cursorOf(options: Partial<PlanCursorOptions> = {}): PlanCursor {
  return new PlanCursor({
    handler: handlerOf(),
    step: { kind: 'model-call', name: 'a' },
    clock: new VirtualClock(),
    ...options,
  });
}

const failing = (cursor: PlanCursor, code: string, times: number): HandledDecision[] =>
  Array.from({ length: times }, () => cursor.fail(new OrchestratorError(code, 'x')).decision);

const label = (decision: HandledDecision): string => {
  if (decision.action === 'fallback' && 'target' in decision) return `to ${decision.target}`;
  return decision.action === 'retry' && decision.isParked === true ? 'park' : decision.action;
};

describe('a cursor', () => {
  it('goes through the plan: retries, each fallback once, parked retries, a person, the end', () => {
    const cursor = cursorOf({ fallbacks: ['b', 'c'], canPark: true, canEscalate: true });
    const decisions = failing(cursor, 'PROVIDER_ERROR', 20).map(label);
    expect(decisions).toEqual([
      ...Array.from({ length: 5 }, () => 'retry'),
      'to b',
      'to c',
      ...Array.from({ length: 10 }, () => 'park'),
      'escalate',
      'terminate',
      'terminate',
    ]);
  });

  it('knows its target', () => {
    const cursor = cursorOf({ fallbacks: ['b'] });
    expect(cursor.target).toBeUndefined();
    failing(cursor, 'ACCESS_DENIED', 1);
    expect(cursor.target).toBe('b');
  });

  it('asks for targets that fit the failure', () => {
    const cursor = cursorOf({ fallbacks: (error) => (error.code === 'CONTEXT_TOO_LONG' ? ['long'] : ['b', 'long']) });
    expect(failing(cursor, 'CONTEXT_TOO_LONG', 3).map(label)).toEqual(['reset', 'to long', 'terminate']);
  });

  it('never goes back when the failure changes', () => {
    const cursor = cursorOf({ fallbacks: ['b', 'c'] });
    expect(failing(cursor, 'PROVIDER_ERROR', 6).map(label).at(-1)).toBe('to b');
    expect(failing(cursor, 'OUTPUT_INVALID', 3).map(label)).toEqual(['reset', 'reset', 'to c']);
    expect(failing(cursor, 'PROVIDER_ERROR', 1).map(label)).toEqual(['terminate']);
  });

  it('pays for retries from the budget of its target', () => {
    const clock = new VirtualClock();
    const budget = new RetryBudget({ clock, capacity: 3 });
    const cursor = cursorOf({ budget: () => budget });
    expect(failing(cursor, 'PROVIDER_ERROR', 4).map(label)).toEqual(['retry', 'retry', 'retry', 'terminate']);
    expect(budget.tokens).toBe(0);
    const timeouts = cursorOf({ budget: new RetryBudget({ clock, capacity: 1 }) });
    expect(failing(timeouts, 'PROVIDER_TIMEOUT', 1).map(label)).toEqual(['terminate']);
  });

  it('does not wait past the deadline', () => {
    const clock = new VirtualClock();
    const late = cursorOf({ clock, deadlineAt: clock.now() });
    expect(failing(late, 'PROVIDER_ERROR', 1).map(label)).toEqual(['terminate']);
    const near = cursorOf({ clock, deadlineAt: clock.now() + 50 });
    const [decision] = failing(near, 'PROVIDER_ERROR', 1);
    expect(decision?.action === 'retry' && decision.delayMs).toBeLessThan(50);
  });

  it('goes on where an earlier delivery stopped', () => {
    const first = cursorOf({ fallbacks: ['b'], canPark: true });
    expect(failing(first, 'PROVIDER_ERROR', 7).map(label).slice(-2)).toEqual(['to b', 'park']);
    const state = JSON.parse(JSON.stringify(first)) as PlanCursorState;
    const second = cursorOf({ fallbacks: ['b'], canPark: true, state });
    expect(second.target).toBe('b');
    expect(second.parkedRetries).toBe(1);
    expect(failing(second, 'PROVIDER_ERROR', 9).map(label)).toEqual(Array.from({ length: 9 }, () => 'park'));
    expect(failing(second, 'PROVIDER_ERROR', 1).map(label)).toEqual(['terminate']);
  });

  it('tells every attempt in the final error', () => {
    const cursor = cursorOf({ fallbacks: ['b'] });
    failing(cursor, 'RESPONSE_MALFORMED', 2);
    const { error, decision } = cursor.fail(new OrchestratorError('RESPONSE_MALFORMED', 'x'));
    const final = cursor.finalError(error, decision);
    expect(final).toMatchObject({ code: 'RESPONSE_MALFORMED', severity: 'HIGH' });
    expect(final.details?.['attempts']).toEqual([
      { code: 'RESPONSE_MALFORMED', strategy: 'RETRY', delayMs: 100 },
      { code: 'RESPONSE_MALFORMED', strategy: 'FALLBACK' },
      { target: 'b', code: 'RESPONSE_MALFORMED', strategy: 'TERMINATE' },
    ]);
  });

  it('tells the statistics what helped', () => {
    const handler = handlerOf();
    const cursor = cursorOf({ handler, fallbacks: ['b'] });
    failing(cursor, 'RESPONSE_MALFORMED', 2);
    cursor.succeed();
    const { recovery } = handler.getErrorStatistics();
    expect(recovery.byStrategy).toEqual({
      RETRY: { attempts: 1, successes: 0, successRate: 0 },
      FALLBACK: { attempts: 1, successes: 1, successRate: 1 },
    });
    expect(recovery).toMatchObject({ attempts: 2, successes: 1, successRate: 0.5 });
  });

  it('counts the failures of a tool in a row with those before', () => {
    const cursor = cursorOf({ step: { kind: 'tool-call', name: 't' }, failuresInRow: 2, canEscalate: true });
    expect(failing(cursor, 'TOOL_FAILED', 3).map(label)).toEqual(['reset', 'escalate', 'terminate']);
  });

  it('answers a tool call to the model at the end', () => {
    const cursor = cursorOf({ step: { kind: 'tool-call', name: 't' } });
    expect(failing(cursor, 'UNKNOWN_ERROR', 2).map(label)).toEqual(['skip', 'skip']);
  });

  it(
    'ends any step within 12 attempts in place and 10 parked retries, whatever fails and whoever decides (property)',
    { timeout: 120_000 },
    () => {
      const odd: RecoveryStrategy = { name: 'AGAIN', decide: () => ({ action: 'retry', delayMs: 1 }) };
      const oddReset: RecoveryStrategy = {
        name: 'RESET_ALWAYS',
        decide: () => ({ action: 'reset', scope: 'component' }),
      };
      const oddTarget: RecoveryStrategy = { name: 'SOMEWHERE', decide: () => ({ action: 'fallback', target: 'x' }) };
      const names = [
        'RETRY',
        'FALLBACK',
        'SKIP',
        'ESCALATE',
        'RESET',
        'TERMINATE',
        'AGAIN',
        'RESET_ALWAYS',
        'SOMEWHERE',
      ];
      const plan = fc.array(
        fc.record({
          strategy: fc.constantFrom(...names),
          options: fc.constantFrom({}, { parked: true }, { attempts: 99 }, { times: 99 }),
        }),
        { maxLength: 6 },
      );
      const codes = fc.array(fc.constantFrom(...Object.keys(ERROR_CATALOG).filter((code) => code !== 'CANCELLED')), {
        minLength: 1,
        maxLength: 24,
      });
      const setting = fc.record({
        codes,
        kind: fc.constantFrom<StepKind>('model-call', 'tool-call', 'run', 'task'),
        fallbacks: fc.uniqueArray(fc.constantFrom('b', 'c', 'd', 'e'), { maxLength: 4 }),
        canPark: fc.boolean(),
        canEscalate: fc.boolean(),
        plans: fc.option(
          fc.dictionary(
            fc.constantFrom('NETWORK_ERROR', 'TOOL_ERROR', 'PROVIDER_ERROR', 'TIMEOUT_ERROR', 'SYSTEM_ERROR'),
            plan,
          ),
          { nil: undefined },
        ),
        isFixed: fc.boolean(),
      });
      fc.assert(
        fc.property(setting, ({ codes: codesOf, plans, isFixed, ...more }) => {
          const handler = new ErrorHandler({
            random: () => 0.5,
            strategies: [...createStandardStrategies({ random: () => 0.5 }), odd, oddReset, oddTarget],
            ...(plans === undefined ? {} : { plans }),
          });
          let cursor = new PlanCursor({ handler, step: { kind: more.kind, name: 's' }, ...more });
          const fixed = codesOf.at(0) as string;
          let inPlace = 1; // attempts that nobody was asked about
          let parked = 0;
          let escalations = 0;
          const used = new Map<string, number>();
          for (let step = 0; step < 200; step += 1) {
            const { decision } = cursor.fail(
              new OrchestratorError(isFixed ? fixed : (codesOf.at(step % codesOf.length) as string), 'x'),
            );
            const entry = decision.entry ?? Number.MAX_SAFE_INTEGER;
            if (entry < (used.get(decision.plan) ?? 0)) throw new Error('the plan went back');
            used.set(decision.plan, entry);
            if (
              decision.action === 'terminate' ||
              decision.action === 'skip' ||
              (decision.action === 'fallback' && 'result' in decision)
            ) {
              return inPlace <= 12 && parked <= 10;
            }
            if (decision.action === 'escalate') {
              if ((escalations += 1) > 60) return false;
            } else if (decision.action === 'retry' && decision.isParked === true) {
              parked += 1;
              const state = JSON.parse(JSON.stringify(cursor)) as PlanCursorState;
              cursor = new PlanCursor({ handler, step: { kind: more.kind, name: 's' }, ...more, state });
            } else {
              inPlace += 1;
            }
            if (inPlace > 12 || parked > 10) return false;
          }
          return false;
        }),
        { numRuns: 10_000 },
      );
    },
  );
});

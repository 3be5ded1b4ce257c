import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  BreakerRegistry,
  CancelledError,
  ERROR_HANDLER,
  ErrorHandler,
  OrchestratorError,
  ToolFailedError,
  type ErrorHandlerEvent,
  type ErrorReport,
} from '../src/index.js';
import { VirtualClock } from './virtual-clock.js';

describe('handleError', () => {
  it('names a failure', () => {
    const { error, decision } = new ErrorHandler().handleError(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));
    expect(error.code).toBe('CONNECTION_FAILED');
    expect(decision).toBeUndefined();
  });

  it('decides with autoRecover', () => {
    const handler = new ErrorHandler({ random: () => 0.5 });
    const handled = handler.handleError(
      new OrchestratorError('PROVIDER_ERROR', 'x'),
      { attempt: 2 },
      { autoRecover: true },
    );
    expect(handled.decision).toMatchObject({ action: 'retry', delayMs: 200, plan: 'NETWORK_ERROR', entry: 0 });
  });

  it('asks the rows and plans of plugins', () => {
    const handler = new ErrorHandler({
      rules: [
        {
          name: 'acme',
          matches: ({ message }) => message === 'busy',
          code: 'ACME',
          category: 'RESOURCE_ERROR',
          plan: [{ strategy: 'ESCALATE' }],
        },
      ],
    });
    const handled = handler.handleError(new Error('busy'), { canEscalate: true }, { autoRecover: true });
    expect(handled).toMatchObject({ error: { code: 'ACME' }, decision: { action: 'escalate' } });
  });

  it('asks the rows of the call before its own', () => {
    const handler = new ErrorHandler({ rules: [{ name: 'a', matches: () => true, code: 'A' }] });
    expect(handler.classify(new Error('x'), { rules: [{ name: 'b', matches: () => true, code: 'B' }] }).code).toBe('B');
  });
});

describe('what is told', () => {
  it('reaches errors$, for RxJS, too', () => {
    const handler = new ErrorHandler({ clock: new VirtualClock(5) });
    const plain: ErrorReport[] = [];
    const observed: ErrorReport[] = [];
    const subscription = handler.errors$.subscribe((report) => plain.push(report));
    let isComplete = false;
    from(handler.errors$).subscribe({
      next: (report) => observed.push(report),
      complete: () => (isComplete = true),
    });
    handler.handleError(new Error('one'), { agentId: 'a1' });
    subscription.unsubscribe();
    handler.handleError(new Error('two'));
    handler.close();
    handler.handleError(new Error('three'));
    expect(plain).toHaveLength(1);
    expect(observed.map(({ error, at, context }) => [error.code, at, context.agentId])).toEqual([
      ['UNKNOWN_ERROR', 5, 'a1'],
      ['UNKNOWN_ERROR', 5, undefined],
    ]);
    expect(isComplete).toBe(true);
  });

  it('is not disturbed by a listener that throws', () => {
    const handler = new ErrorHandler({
      onEvent: () => {
        throw new Error('bug');
      },
    });
    const heard: ErrorReport[] = [];
    handler.errors$.subscribe(() => {
      throw new Error('bug');
    });
    handler.errors$.subscribe({ next: (report) => heard.push(report) });
    expect(() => handler.handleError(new Error('x'), {}, { autoRecover: true })).not.toThrow();
    expect(heard).toHaveLength(1);
  });

  it('is the failure first, then the decision', () => {
    const events: ErrorHandlerEvent[] = [];
    const handler = new ErrorHandler({ onEvent: (event) => events.push(event) });
    handler.handleError(new Error('x'), {}, { autoRecover: true });
    handler.handleError(new CancelledError(), {}, { autoRecover: true });
    expect(events.map(({ type }) => type)).toEqual(['error-raise', 'recovery-decide', 'recovery-decide']);
  });
});

describe('getErrorStatistics', () => {
  it('counts by category, code, severity, agent and tool', () => {
    const handler = new ErrorHandler({ clock: new VirtualClock() });
    handler.handleError(new ToolFailedError('grep', 'x'), { agentId: 'a1', step: { kind: 'tool-call', name: 'grep' } });
    handler.handleError(new OrchestratorError('DISK_FULL', 'x'), { agentId: 'a1' });
    handler.handleError(new CancelledError());
    const statistics = handler.getErrorStatistics();
    expect(statistics).toMatchObject({
      total: 2,
      byCategory: { TOOL_ERROR: 1, RESOURCE_ERROR: 1, NETWORK_ERROR: 0 },
      bySeverity: { LOW: 0, MEDIUM: 1, HIGH: 0, CRITICAL: 1 },
      byCode: { TOOL_FAILED: 1, DISK_FULL: 1 },
      byAgent: { a1: 2 },
      byTool: { grep: 1 },
    });
  });

  it('counts in moving windows', () => {
    const clock = new VirtualClock();
    const handler = new ErrorHandler({ clock });
    const windows = (): number[] => Object.values(handler.getErrorStatistics().windows);
    handler.handleError(new Error('x'));
    clock.advance(30_000);
    handler.handleError(new Error('x'));
    expect(windows()).toEqual([2, 2, 2]);
    clock.advance(31_000);
    expect(windows()).toEqual([1, 2, 2]);
    clock.advance(300_000);
    expect(windows()).toEqual([0, 0, 2]);
    clock.advance(9_000_000);
    expect(windows()).toEqual([0, 0, 0]);
    expect(handler.getErrorStatistics().total).toBe(2);
  });

  it('tells the open breakers', () => {
    const breakers = new BreakerRegistry({ clock: new VirtualClock(), failureThreshold: 1 });
    breakers.get('model:x:y').enter().fail(new OrchestratorError('PROVIDER_ERROR', 'x'));
    expect(new ErrorHandler({ breakers }).getErrorStatistics().openBreakers).toEqual(['model:x:y']);
  });

  it('stays bounded however many names come', () => {
    const handler = new ErrorHandler({ clock: new VirtualClock() });
    const error = new OrchestratorError('TOOL_FAILED', 'x');
    for (let agent = 0; agent < 3_000; agent += 1) handler.handleError(error, { agentId: `a${agent}` });
    const { byAgent } = handler.getErrorStatistics();
    expect(Object.keys(byAgent)).toHaveLength(1_001);
    expect(byAgent['(others)']).toBe(2_000);
  });
});

it('the token of the handler is the same in every copy', () => {
  expect(ERROR_HANDLER).toBe(Symbol.for('@master-orchestrator/errors.ErrorHandler'));
});

it('hands the failure on without what was only for naming it', () => {
  const events: ErrorHandlerEvent[] = [];
  const handler = new ErrorHandler({ onEvent: (event) => events.push(event) });
  const signal = new AbortController().signal;
  handler.handleError(new Error('x'), { signal, source: 'model', what: 'M', taskId: 't1' }, { autoRecover: true });
  const decided = events.find((event) => event.type === 'recovery-decide');
  expect(decided?.failure).toMatchObject({ taskId: 't1', attempt: 1 });
  expect(decided?.failure).not.toHaveProperty('signal');
});

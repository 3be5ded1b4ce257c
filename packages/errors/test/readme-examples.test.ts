import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ConcurrencyLimiter,
  createRedactor,
  createStandardStrategies,
  ErrorHandler,
  OrchestratorError,
  PlanCursor,
  readRateLimits,
  RetryBudget,
  sleep,
  systemClock,
  type ErrorRule,
  type RecoveryStrategy,
} from '@master-orchestrator/errors';
import { describe, expect, it } from 'vitest';
// #region start
import { CircuitBreaker, classify, classifyResponse, retry } from '@master-orchestrator/errors';

const weather = new CircuitBreaker({ key: 'weather' });

export async function load(url: string): Promise<unknown> {
  const once = async (): Promise<unknown> => {
    const response = await fetch(url);
    const { status, headers } = response;
    if (!response.ok) throw classifyResponse({ status, headers, body: await response.text() });
    return response.json();
  };
  return retry(() => weather.execute(once), { attempts: 3 }); // rejects with a code, a category and advice
}
// #endregion

describe('the examples of the README', () => {
  it('retry a call behind a breaker', async () => {
    let calls = 0;
    const server = createServer((_, response) => {
      calls += 1;
      response.writeHead(calls === 1 ? 503 : 200, { 'retry-after-ms': '1' }).end('{"c":21}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      expect(await load(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).toEqual({ c: 21 });
      expect(calls).toBe(2);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('name a failure', () => {
    const { log, console } = recorder();
    const thrown = Object.assign(new Error('x'), { status: 429, headers: { 'retry-after': '1' } });
    const signal = new AbortController().signal;
    // #region classify
    const error = classify(thrown, { source: 'model', what: 'Model "gpt-5"', signal });
    if (error.isRetryable && error.isReplaySafe) console.log(`again in ${error.retryAfterMs ?? 0} ms`);
    console.log(JSON.stringify(error)); // plain, without secrets, with its causes
    // #endregion
    expect(log[0]).toBe('again in 1000 ms');
    expect(error.message).toBe('Model "gpt-5": the rate limit of the provider was reached (status 429)');
  });

  it('add a row', () => {
    // #region rule
    const busy: ErrorRule = {
      name: 'acme-busy',
      matches: (sign) => sign.status === 420,
      code: 'ACME_BUSY',
      category: 'RESOURCE_ERROR',
      isRetryable: true,
      plan: [{ strategy: 'RETRY', options: { attempts: 3, baseMs: 2_000 } }],
    };
    const handler = new ErrorHandler({ rules: [busy] });
    // #endregion
    const context = { isReplaySafe: true };
    const handled = handler.handleError(Object.assign(new Error('x'), { status: 420 }), context, { autoRecover: true });
    expect(handled).toMatchObject({ error: { code: 'ACME_BUSY' }, decision: { action: 'retry' } });
  });

  it('retry within a budget', async () => {
    const read = (signal?: AbortSignal): Promise<string> => Promise.resolve(signal?.aborted === false ? 'ok' : 'no');
    const signal = new AbortController().signal;
    // #region retry
    const budget = new RetryBudget();
    const text = await retry((attempt) => read(attempt.signal), { attempts: 4, signal, budget });
    // #endregion
    expect(text).toBe('ok');
  });

  it('ask a breaker', async () => {
    const { log, console } = recorder();
    const call = (): Promise<void> => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNRESET' }));
    // #region breaker
    const breaker = new CircuitBreaker({
      key: 'tool:search',
      onChange: ({ from, to, reason }) => console.log(from, to, reason),
    });
    const permit = breaker.tryEnter(); // or breaker.execute(call)
    if (permit === undefined) throw breaker.refusal(); // BREAKER_OPEN with retryAfterMs and the cause
    try {
      await call();
      permit.succeed();
    } catch (thrown) {
      permit.fail(classify(thrown)); // only failures that tell something about the other side count
    }
    // #endregion
    expect(breaker.snapshot().failures).toBe(1);
    expect(log).toEqual([]);
  });

  it('ask a limiter', async () => {
    const signal = new AbortController().signal;
    const send = (): Promise<Response> => Promise.resolve(new Response('', { status: 429 }));
    // #region limiter
    const limiter = new ConcurrencyLimiter({ key: 'model:main' });
    const permit = await limiter.acquire(signal);
    try {
      const response = await send();
      permit.release(response.status === 429 ? 'rate-limited' : 'success', readRateLimits(response.headers));
    } finally {
      permit.release('ignored'); // does nothing where it was released above
    }
    // #endregion
    expect(limiter.snapshot()).toMatchObject({ limit: 7, active: 0 });
  });

  it('go through a plan', async () => {
    const ask = (target: string): Promise<string> =>
      target === 'spare' ? Promise.resolve('answer') : Promise.reject(new OrchestratorError('RESPONSE_TIMEOUT', 'x'));
    const run = async (): Promise<string> => {
      // #region handler
      const handler = new ErrorHandler({ plans: { TIMEOUT_ERROR: [{ strategy: 'FALLBACK' }] } });
      const step = { kind: 'model-call', name: 'main' } as const;
      const cursor = new PlanCursor({ handler, step, fallbacks: ['spare'] });
      for (;;) {
        try {
          const answer = await ask(cursor.target ?? 'main');
          cursor.succeed();
          return answer;
        } catch (thrown) {
          const { error, decision } = cursor.fail(thrown, { source: 'model' });
          if (decision.action === 'retry' && decision.isParked !== true) await sleep(systemClock, decision.delayMs);
          else if (decision.action !== 'fallback') throw cursor.finalError(error, decision);
        }
      }
      // #endregion
    };
    expect(await run()).toBe('answer');
  });

  it('add a strategy', () => {
    // #region strategy
    const tellOps: RecoveryStrategy = {
      name: 'TELL_OPS',
      decide: ({ error }) => (error.severity === 'CRITICAL' ? { action: 'escalate', reason: error.code } : undefined),
    };
    const handler = new ErrorHandler({
      strategies: [...createStandardStrategies(), tellOps],
      plans: { DISK_FULL: [{ strategy: 'TELL_OPS' }, { strategy: 'TERMINATE', options: { scope: 'orchestrator' } }] },
    });
    // #endregion
    const { decision } = handler.handleError(new OrchestratorError('DISK_FULL', 'x'), {}, { autoRecover: true });
    expect(decision).toMatchObject({ action: 'escalate', reason: 'DISK_FULL' });
  });

  it('mask secrets', () => {
    const { log, console } = recorder();
    const apiKey = 'my-own-key-123';
    // #region redact
    const redactor = createRedactor({ secrets: [apiKey], fieldNames: ['ssn'] });
    console.log(redactor.redactText(`key ${apiKey}`), redactor.redact({ ssn: '1', nested: [apiKey] }));
    // #endregion
    expect(log).toEqual(['key [redacted]', { ssn: '[redacted]', nested: ['[redacted]'] }]);
  });
});

function recorder(): { log: unknown[]; console: { log: (...values: unknown[]) => void } } {
  const log: unknown[] = [];
  return { log, console: { log: (...values) => void log.push(...values) } };
}

import { describe, expect, it } from 'vitest';
import {
  classify,
  classifyResponse,
  isCancelled,
  OrchestratorError,
  ToolFailedError,
  type ErrorRule,
} from '../src/index.js';

const aborted = (reason?: unknown): AbortSignal => AbortSignal.abort(reason);

describe('what is asked first', () => {
  it('is whether it is an error of ours already: it is passed on as it is', () => {
    const error = new OrchestratorError('SSRF_BLOCKED', 'no');
    expect(classify(error)).toBe(error);
    expect(classify(error, { signal: aborted(), source: 'tool', timeLimit: { kind: 'tool', ms: 1 } })).toBe(error);
  });

  it('finds an error of ours that a library wrapped', () => {
    const inner = new OrchestratorError('BREAKER_OPEN', 'no');
    expect(classify(new Error('Connection error.', { cause: inner }))).toBe(inner);
  });

  it('reads an error of ours that came as JSON', () => {
    const sent = JSON.parse(
      JSON.stringify(new OrchestratorError('QUEUE_FULL', 'full', { retryAfterMs: 9 })),
    ) as unknown;
    expect(classify(sent)).toMatchObject({ code: 'QUEUE_FULL', isRetryable: true, retryAfterMs: 9 });
  });

  it('is then the signal of the caller: cancelled', () => {
    const error = classify(new Error('x'), { signal: aborted('user'), timeLimit: { kind: 'attempt', ms: 1 } });
    expect(isCancelled(error)).toBe(true);
    expect(error.details).toEqual({ reason: 'user' });
  });

  it('gives the error that the signal was aborted with', () => {
    const deadline = new OrchestratorError('DEADLINE_EXCEEDED', 'late');
    expect(classify(new Error('x'), { signal: aborted(deadline) })).toBe(deadline);
  });

  it('is then our own time limit', () => {
    const error = classify(new DOMException('aborted', 'AbortError'), {
      timeLimit: { kind: 'tool', ms: 30_000 },
      toolName: 'grep',
    });
    expect(error).toMatchObject({ code: 'TOOL_TIMEOUT', details: { tool: 'grep', limitMs: 30_000 } });
  });

  it('is then a Node code, before a status', () => {
    const both = Object.assign(new Error('x', { cause: Object.assign(new Error('y'), { code: 'ECONNRESET' }) }), {
      status: 500,
    });
    expect(classify(both).code).toBe('CONNECTION_LOST');
  });

  it('is then the status with its body', () => {
    expect(classify(Object.assign(new Error('x'), { status: 404, error: { code: 'model_not_found' } })).code).toBe(
      'MODEL_NOT_FOUND',
    );
  });
});

describe('an abort', () => {
  it('without a known signal is taken at its word', () => {
    expect(classify(new DOMException('This operation was aborted', 'AbortError')).code).toBe('CANCELLED');
  });

  it('that the signal of the caller does not explain is a time limit', () => {
    const signal = new AbortController().signal;
    expect(classify(new DOMException('x', 'AbortError'), { signal }).code).toBe('RESPONSE_TIMEOUT');
    expect(classify(Object.assign(new Error('x'), { code: 'UND_ERR_ABORTED' }), { signal }).code).toBe(
      'RESPONSE_TIMEOUT',
    );
  });

  it('caused by a timeout is a time limit', () => {
    const thrown = Object.assign(
      new Error('The operation was aborted', { cause: new DOMException('t', 'TimeoutError') }),
      {
        name: 'AbortError',
        code: 'ABORT_ERR',
      },
    );
    expect(classify(thrown).code).toBe('RESPONSE_TIMEOUT');
  });
});

describe('a failure within a tool', () => {
  it('is a TOOL_FAILED with the words of the tool', () => {
    const error = classify(new Error('City not found'), { source: 'tool', toolName: 'weather' });
    expect(error).toMatchObject({
      code: 'TOOL_FAILED',
      category: 'TOOL_ERROR',
      isRetryable: false,
      isReplaySafe: false,
    });
    expect(error.message).toBe('Tool "weather": City not found');
  });

  it('keeps codes of files and network', () => {
    expect(classify(Object.assign(new Error('x'), { code: 'ENOENT' }), { source: 'tool' }).code).toBe('FILE_INVALID');
  });

  it.each([
    [503, true],
    [429, true],
    [404, false],
    [401, false],
    [501, false],
  ])('with status %i is a TOOL_FAILED that says whether a retry helps', (status, isRetryable) => {
    expect(classify(Object.assign(new Error('x'), { status }), { source: 'tool' })).toMatchObject({
      code: 'TOOL_FAILED',
      isRetryable,
    });
    expect(classifyResponse({ status }, { source: 'tool', toolName: 't' })).toMatchObject({
      code: 'TOOL_FAILED',
      isRetryable,
    });
    expect(ToolFailedError.fromStatus('t', status)).toMatchObject({ code: 'TOOL_FAILED', isRetryable });
  });

  it('is replay-safe where the effect of the tool says so', () => {
    const thrown = ToolFailedError.fromStatus('t', 503);
    expect(thrown.isReplaySafe).toBe(false);
    expect(classify(thrown, { source: 'tool', isReplaySafe: true })).toMatchObject({
      code: 'TOOL_FAILED',
      isReplaySafe: true,
      isRetryable: true,
    });
    expect(classify(thrown, { source: 'tool', isReplaySafe: false })).toBe(thrown);
  });

  it('is not replay-safe by the flag of a model code', () => {
    const inner = new OrchestratorError('PROVIDER_ERROR', 'x');
    expect(classify(inner, { source: 'tool', isReplaySafe: false }).isReplaySafe).toBe(false);
  });
});

describe('a row of a plugin', () => {
  const rule: ErrorRule = {
    name: 'acme',
    matches: (sign) => sign.status === 499 && sign.headers?.['x-acme'] === 'busy',
    code: 'ACME_BUSY',
    category: 'RESOURCE_ERROR',
    severity: 'LOW',
    isRetryable: true,
    advice: 'Wait.',
  };

  it('is asked before ours', () => {
    const response = { status: 499, headers: { 'X-Acme': 'busy', 'retry-after': '3' } };
    const expected = {
      code: 'ACME_BUSY',
      category: 'RESOURCE_ERROR',
      severity: 'LOW',
      advice: 'Wait.',
      retryAfterMs: 3_000,
    };
    expect(classifyResponse(response, { rules: [rule] })).toMatchObject(expected);
    expect(classify(Object.assign(new Error('x'), response), { rules: [rule] })).toMatchObject(expected);
  });

  it('sees Node codes of causes', () => {
    const byCode: ErrorRule = {
      name: 'p',
      matches: (sign) => sign.nodeCode === 'P2002',
      code: 'ROW_EXISTS',
      category: 'VALIDATION_ERROR',
    };
    const thrown = new Error('outer', { cause: Object.assign(new Error('inner'), { code: 'P2002' }) });
    expect(classify(thrown, { rules: [byCode] }).code).toBe('ROW_EXISTS');
  });

  it('that throws is passed over', () => {
    const broken: ErrorRule = {
      name: 'broken',
      matches: () => {
        throw new Error('bug');
      },
      code: 'X',
    };
    expect(classifyResponse({ status: 500 }, { rules: [broken] }).code).toBe('PROVIDER_ERROR');
  });
});

describe('anything else', () => {
  it.each([['a text'], [42], [undefined], [null], [Symbol('x')], [{ a: 1 }], [[]], [() => 1], [10n]])(
    '%s is an UNKNOWN_ERROR',
    (thrown) => {
      expect(classify(thrown).code).toBe('UNKNOWN_ERROR');
    },
  );

  it('that breaks when it is read is an UNKNOWN_ERROR', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(classify(proxy).code).toBe('UNKNOWN_ERROR');
    const hostile = Object.defineProperty(new Error('x'), 'status', {
      get: () => {
        throw new Error('trap');
      },
    });
    expect(classify(hostile).code).toBe('UNKNOWN_ERROR');
  });

  it('that is its own cause ends', () => {
    const error = new Error('round');
    error.cause = error;
    expect(classify(error).code).toBe('UNKNOWN_ERROR');
  });

  it('does not take the words of an answer for a failure of this process', () => {
    expect(classify(Object.assign(new Error('heap out of memory'), { status: 503 })).code).toBe('PROVIDER_OVERLOADED');
  });
});

describe('a credential', () => {
  it('has a breaker of its own', () => {
    const context = { breakerKey: 'model:x:y', credentialKey: 'credential:main' };
    expect(classifyResponse({ status: 401 }, context).breakerKey).toBe('credential:main');
    expect(classifyResponse({ status: 500 }, context).breakerKey).toBe('model:x:y');
  });
});

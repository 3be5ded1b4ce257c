import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BreakerOpenError,
  CancelledError,
  catalogEntry,
  docsAnchor,
  DuplicateBindingError,
  ERROR_CATALOG,
  ERROR_CATEGORIES,
  isCancelled,
  isErrorCode,
  OrchestratorError,
  SEVERITIES,
  ToolFailedError,
  ToolTimeoutError,
} from '../src/index.js';

describe('an error', () => {
  it('takes what it is not told from the catalogue', () => {
    expect(new OrchestratorError('RATE_LIMITED', 'x')).toMatchObject({
      name: 'OrchestratorError',
      category: 'RESOURCE_ERROR',
      severity: 'LOW',
      isRetryable: true,
      isReplaySafe: true,
      advice: ERROR_CATALOG.RATE_LIMITED.advice,
    });
  });

  it('of an unknown code is a SYSTEM_ERROR unless it says otherwise', () => {
    expect(new OrchestratorError('ACME', 'x')).toMatchObject({
      category: 'SYSTEM_ERROR',
      severity: 'HIGH',
      isRetryable: false,
    });
    expect(new OrchestratorError('ACME', 'x', { category: 'TOOL_ERROR' }).category).toBe('TOOL_ERROR');
  });

  it('does not take a property of every object for a code', () => {
    expect(new OrchestratorError('constructor', 'x').category).toBe('SYSTEM_ERROR');
    expect(isErrorCode('toString')).toBe(false);
  });

  it('holds no secret in its message and details', () => {
    const error = new OrchestratorError('TOOL_FAILED', 'Bearer abcdefghijkl was refused', {
      details: { url: 'https://me:secret99@host/', apiKey: 'k', nested: { text: 'sk-abcdefghijklmnop' } },
    });
    expect(error.message).toBe('Bearer [redacted] was refused');
    expect(error.details).toEqual({
      url: 'https://[redacted]@host/',
      apiKey: '[redacted]',
      nested: { text: '[redacted]' },
    });
  });

  it('bounds message and details', () => {
    const details = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`key${index}`, 'x'.repeat(400)]));
    const error = new OrchestratorError('TOOL_FAILED', 'm'.repeat(9_000), { details });
    expect(error.message.length).toBe(2_000);
    expect(Buffer.byteLength(JSON.stringify(error.details))).toBeLessThanOrEqual(4_096);
    expect(error.details).toMatchObject({ key0: 'x'.repeat(400), isTruncated: true });
  });

  it('keeps its cause as it is', () => {
    const cause = new TypeError('inner');
    expect(new OrchestratorError('TOOL_FAILED', 'x', { cause }).cause).toBe(cause);
  });

  it('is recognised by its brand, also that of another copy', () => {
    const other = Object.assign(new Error('x'), {
      [Symbol.for('@master-orchestrator/errors:OrchestratorError')]: true,
    });
    expect(OrchestratorError.isInstance(new ToolTimeoutError('t', 1))).toBe(true);
    expect(OrchestratorError.isInstance(other)).toBe(true);
    for (const value of [new Error('x'), null, undefined, 1, 'x', {}])
      expect(OrchestratorError.isInstance(value)).toBe(false);
  });

  it('can be told more on its way, and its severity only raised', () => {
    const error = new OrchestratorError('TOOL_FAILED', 'x', { details: { a: 1 }, cause: 'c' });
    const raised = error.with({ severity: 'CRITICAL', deadLetterId: 'dl_1' });
    expect(raised).toMatchObject({
      code: 'TOOL_FAILED',
      message: 'x',
      severity: 'CRITICAL',
      deadLetterId: 'dl_1',
      details: { a: 1 },
      cause: 'c',
    });
    expect(raised.stack).toBe(error.stack);
    expect(raised.with({ severity: 'LOW' }).severity).toBe('CRITICAL');
  });

  it('knows where it is explained', () => {
    expect(new OrchestratorError('TOOL_FAILED', 'x').docs).toBe(
      '@master-orchestrator/errors/docs/error-codes.md#tool_failed',
    );
    expect(docsAnchor('TOOL_FAILED', 'https://example.org/codes')).toBe('https://example.org/codes#tool_failed');
  });
});

describe('the classes', () => {
  it('ToolTimeoutError is retryable and names the tool', () => {
    const error = new ToolTimeoutError('grep', 30_000);
    expect(error).toMatchObject({
      name: 'ToolTimeoutError',
      code: 'TOOL_TIMEOUT',
      isRetryable: true,
      toolName: 'grep',
      timeoutMs: 30_000,
    });
    expect(error.message).toContain('"grep" gave no answer within 30000 ms');
  });

  it('ToolFailedError takes what the tool knows', () => {
    const error = new ToolFailedError('mail', 'No such box.', { isRetryable: true, details: { box: 'x' } });
    expect(error).toMatchObject({ code: 'TOOL_FAILED', isRetryable: true, details: { tool: 'mail', box: 'x' } });
  });

  it('CancelledError carries the reason of a signal', () => {
    expect(CancelledError.fromSignal(AbortSignal.abort('shutdown'))).toMatchObject({
      code: 'CANCELLED',
      reason: 'shutdown',
    });
    expect(CancelledError.fromSignal(AbortSignal.abort())).toMatchObject({ reason: 'cancelled' });
    expect(CancelledError.fromSignal(AbortSignal.abort(new Error('enough')))).toMatchObject({ reason: 'enough' });
    expect(CancelledError.fromSignal(AbortSignal.abort(new DOMException('t', 'TimeoutError')))).toMatchObject({
      code: 'CANCELLED',
    });
  });

  it('isCancelled knows cancellations of ours only', () => {
    expect(isCancelled(new CancelledError())).toBe(true);
    expect(isCancelled(new OrchestratorError('CANCELLED', 'x'))).toBe(true);
    expect(isCancelled(new DOMException('x', 'AbortError'))).toBe(false);
    expect(isCancelled(undefined)).toBe(false);
  });

  it('DuplicateBindingError and BreakerOpenError have their codes', () => {
    expect(new DuplicateBindingError('errors.Clock')).toMatchObject({ code: 'DUPLICATE_BINDING' });
    expect(new BreakerOpenError('k', 1_500)).toMatchObject({
      code: 'BREAKER_OPEN',
      retryAfterMs: 1_500,
      breakerKey: 'k',
      isReplaySafe: true,
    });
  });
});

describe('the catalogue', () => {
  it('has category, severity, flags, summary and advice for every code', () => {
    for (const [code, entry] of Object.entries(ERROR_CATALOG)) {
      expect(code).toMatch(/^[A-Z][A-Z0-9_]+$/);
      expect(ERROR_CATEGORIES).toContain(entry.category);
      expect(SEVERITIES).toContain(entry.severity);
      expect(entry.summary, code).toMatch(/^[a-z].*[^.]$/);
      expect(entry.advice, code).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('never lets a failure of validation or permission be retried', () => {
    const wrong = Object.entries(ERROR_CATALOG).filter(
      ([, { category, isRetryable }]) =>
        isRetryable && (category === 'VALIDATION_ERROR' || category === 'PERMISSION_ERROR'),
    );
    expect(wrong).toEqual([]);
  });

  it('knows nothing of codes it does not have', () => {
    expect(catalogEntry('ACME')).toBeUndefined();
    expect(catalogEntry('CANCELLED')).toMatchObject({ category: 'SYSTEM_ERROR', severity: 'LOW' });
  });
});

describe('the plain form', () => {
  const plain = (error: OrchestratorError): unknown => JSON.parse(JSON.stringify(error));

  it('has message, code, flags and causes', () => {
    const root = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const inner = new OrchestratorError('CONNECTION_FAILED', 'down', { cause: root, details: { host: 'h' } });
    expect(plain(new OrchestratorError('BREAKER_OPEN', 'stopped', { cause: inner, retryAfterMs: 5 }))).toEqual({
      name: 'OrchestratorError',
      code: 'BREAKER_OPEN',
      category: 'RESOURCE_ERROR',
      severity: 'MEDIUM',
      message: 'stopped',
      isRetryable: true,
      isReplaySafe: true,
      retryAfterMs: 5,
      advice: ERROR_CATALOG.BREAKER_OPEN.advice,
      cause: {
        name: 'OrchestratorError',
        code: 'CONNECTION_FAILED',
        category: 'NETWORK_ERROR',
        severity: 'MEDIUM',
        message: 'down',
        isRetryable: true,
        isReplaySafe: true,
        details: { host: 'h' },
        advice: ERROR_CATALOG.CONNECTION_FAILED.advice,
        cause: { name: 'Error', message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
      },
    });
  });

  it('keeps five causes of causes', () => {
    let cause: Error = new Error('cause 9');
    for (let depth = 8; depth >= 1; depth -= 1) cause = new Error(`cause ${depth}`, { cause });
    const text = JSON.stringify(new OrchestratorError('TOOL_FAILED', 'x', { cause }));
    expect(text).toContain('cause 5');
    expect(text).not.toContain('cause 6');
  });

  it('masks secrets of causes', () => {
    const cause = new Error('401 for https://me:hunter2hunter2@host');
    expect(JSON.stringify(new OrchestratorError('TOOL_FAILED', 'x', { cause }))).not.toContain('hunter2');
  });

  it('survives a cause that is its own cause', () => {
    const cause = new Error('round');
    cause.cause = cause;
    expect(() => JSON.stringify(new OrchestratorError('TOOL_FAILED', 'x', { cause }))).not.toThrow();
  });

  it('of an AggregateError without a message tells those of its errors', () => {
    const cause = new AggregateError([new Error('connect ::1'), new Error('connect 127.0.0.1')]);
    expect(plain(new OrchestratorError('CONNECTION_FAILED', 'x', { cause }))).toMatchObject({
      cause: { message: 'connect ::1; connect 127.0.0.1' },
    });
  });

  it('is read back as an error of ours with its causes', () => {
    const inner = new OrchestratorError('CONNECTION_FAILED', 'down');
    const back = OrchestratorError.fromJSON(plain(new ToolFailedError('t', 'x', { cause: inner, isReplaySafe: true })));
    expect(back).toBeInstanceOf(OrchestratorError);
    expect(back).toMatchObject({ name: 'ToolFailedError', code: 'TOOL_FAILED', isReplaySafe: true });
    expect(OrchestratorError.isInstance(back.cause)).toBe(true);
    expect(back.cause).toMatchObject({ code: 'CONNECTION_FAILED', category: 'NETWORK_ERROR' });
  });

  it.each([[null], ['text'], [{}], [{ code: 1 }], [[]]])('%j is read as an UNKNOWN_ERROR', (value) => {
    expect(OrchestratorError.fromJSON(value).code).toBe('UNKNOWN_ERROR');
  });

  it('comes back the same, whatever the error (property)', { timeout: 60_000 }, () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary', maxLength: 3_000 }),
      fc.constantFrom('Bearer abcdefghijkl', 'password=hunter22', '"token":"abc"'),
    );
    const details = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }));
    const options = fc.record(
      {
        category: fc.constantFrom(...ERROR_CATEGORIES),
        severity: fc.constantFrom(...SEVERITIES),
        isRetryable: fc.boolean(),
        isReplaySafe: fc.boolean(),
        retryAfterMs: fc.integer({ min: 1 }),
        breakerKey: fc.string({ minLength: 1 }),
        advice: fc.string({ minLength: 1 }),
        deadLetterId: fc.string({ minLength: 1 }),
        details: details as fc.Arbitrary<Record<string, never>>,
      },
      { requiredKeys: [] },
    );
    const code = fc.oneof(fc.constantFrom(...Object.keys(ERROR_CATALOG)), fc.string({ minLength: 1 }));
    const cause = fc.oneof(
      fc.constant(undefined),
      fc.string({ minLength: 1 }),
      text.map((message) => new TypeError(message)),
      fc.tuple(code, text, options).map(([name, message, more]) => new OrchestratorError(name, message, more)),
    );
    fc.assert(
      fc.property(code, text, options, cause, (name, message, more, inner) => {
        const error = new OrchestratorError(name, message, {
          ...more,
          ...(inner === undefined ? {} : { cause: inner }),
        });
        const first = plain(error);
        const back = OrchestratorError.fromJSON(first);
        expect(plain(back)).toEqual(first);
        expect([back.code, back.category, back.severity, back.isRetryable, back.isReplaySafe, back.message]).toEqual([
          error.code,
          error.category,
          error.severity,
          error.isRetryable,
          error.isReplaySafe,
          error.message,
        ]);
      }),
      { numRuns: 1_000 },
    );
  });
});

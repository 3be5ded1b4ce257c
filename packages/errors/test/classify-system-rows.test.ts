import { describe, expect, it } from 'vitest';
import {
  classify,
  classifyResponse,
  OrchestratorError,
  timeLimitError,
  type ErrorCategory,
  type TimeLimitKind,
} from '../src/index.js';

const failure = (code: string, more: object = {}): Error =>
  Object.assign(new Error(`it failed: ${code}`), { code, ...more });

type Row = readonly [
  codes: readonly string[],
  code: string,
  category: ErrorCategory,
  severity: string,
  retryable: boolean,
];

const ROWS: readonly Row[] = [
  [
    ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'],
    'CONNECTION_FAILED',
    'NETWORK_ERROR',
    'MEDIUM',
    true,
  ],
  [['EAI_AGAIN', 'ETIMEOUT'], 'DNS_FAILED', 'NETWORK_ERROR', 'MEDIUM', true],
  [['ENOTFOUND', 'EAI_NONAME'], 'DNS_FAILED', 'NETWORK_ERROR', 'HIGH', true],
  [['UND_ERR_CONNECT_TIMEOUT'], 'CONNECT_TIMEOUT', 'TIMEOUT_ERROR', 'MEDIUM', true],
  [
    ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT', 'UND_ERR_SOCKET', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED'],
    'CONNECTION_LOST',
    'NETWORK_ERROR',
    'MEDIUM',
    true,
  ],
  [['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'], 'RESPONSE_TIMEOUT', 'TIMEOUT_ERROR', 'MEDIUM', true],
  [
    ['HPE_INVALID_CONSTANT', 'UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
    'PROTOCOL_ERROR',
    'NETWORK_ERROR',
    'MEDIUM',
    true,
  ],
  [['UND_ERR_RES_EXCEEDED_MAX_SIZE'], 'RESPONSE_TOO_LARGE', 'RESOURCE_ERROR', 'MEDIUM', false],
  [
    [
      'UND_ERR_INVALID_ARG',
      'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
      'ERR_INVALID_URL',
      'ERR_INVALID_ARG_TYPE',
      'ERR_INVALID_ARG_VALUE',
      'ERR_INVALID_CHAR',
    ],
    'REQUEST_INVALID',
    'VALIDATION_ERROR',
    'HIGH',
    false,
  ],
  [
    ['UND_ERR_PRX_TLS', 'UND_ERR_PRX_CONN', 'UND_ERR_SOCKS5', 'UND_ERR_SOCKS5_AUTH'],
    'PROXY_FAILED',
    'NETWORK_ERROR',
    'HIGH',
    false,
  ],
  [
    [
      'CERT_HAS_EXPIRED',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    'TLS_UNTRUSTED',
    'PERMISSION_ERROR',
    'HIGH',
    false,
  ],
  [['ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO'], 'TLS_FAILED', 'NETWORK_ERROR', 'HIGH', true],
  [
    ['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENAMETOOLONG', 'EINVAL'],
    'FILE_INVALID',
    'VALIDATION_ERROR',
    'LOW',
    false,
  ],
  [['ELOOP'], 'PATH_BLOCKED', 'PERMISSION_ERROR', 'MEDIUM', false],
  [['EACCES', 'EPERM', 'EROFS', 'ERR_ACCESS_DENIED'], 'FILE_FORBIDDEN', 'PERMISSION_ERROR', 'MEDIUM', false],
  [['EMFILE', 'ENFILE', 'ENOBUFS', 'EAGAIN', 'EBUSY'], 'DESCRIPTORS_EXHAUSTED', 'RESOURCE_ERROR', 'HIGH', true],
  [['ENOSPC', 'EDQUOT', 'EFBIG'], 'DISK_FULL', 'RESOURCE_ERROR', 'CRITICAL', false],
  [['EIO'], 'DISK_FAILED', 'SYSTEM_ERROR', 'CRITICAL', false],
  [
    ['ENOMEM', 'ERR_WORKER_OUT_OF_MEMORY', 'ERR_STRING_TOO_LONG'],
    'MEMORY_EXHAUSTED',
    'RESOURCE_ERROR',
    'CRITICAL',
    false,
  ],
  [['ERR_WORKER_PATH', 'ERR_IPC_CHANNEL_CLOSED'], 'WORKER_LOST', 'SYSTEM_ERROR', 'HIGH', true],
  [['EADDRINUSE'], 'STARTUP_FAILED', 'SYSTEM_ERROR', 'CRITICAL', false],
];

describe('a Node code', () => {
  const cases = ROWS.flatMap(([codes, ...verdict]) => codes.map((nodeCode) => ({ nodeCode, verdict })));

  it.each(cases)('$nodeCode is $verdict.0', ({ nodeCode, verdict }) => {
    const error = classify(failure(nodeCode), { source: 'system' });
    expect([error.code, error.category, error.severity, error.isRetryable]).toEqual(verdict);
    expect(error.details).toMatchObject({ nodeCode });
  });

  it.each(cases)('$nodeCode is found as the cause of a cause', ({ nodeCode, verdict }) => {
    const wrapped = new TypeError('fetch failed', { cause: new Error('outer', { cause: failure(nodeCode) }) });
    expect(classify(wrapped).code).toBe(verdict[0]);
  });

  it('is found in an AggregateError', () => {
    const both = new AggregateError([failure('ECONNREFUSED'), failure('ECONNREFUSED')]);
    expect(classify(new TypeError('fetch failed', { cause: both })).code).toBe('CONNECTION_FAILED');
  });

  it('is not searched for deeper than five causes', () => {
    let deep: Error = failure('ECONNREFUSED');
    for (let depth = 0; depth < 6; depth += 1) deep = new Error('outer', { cause: deep });
    expect(classify(deep).code).toBe('UNKNOWN_ERROR');
  });

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT'])(
    '%s means that the request never left, so even an unsafe step may be repeated',
    (code) => {
      expect(classify(failure(code), { source: 'tool', isReplaySafe: false }).isReplaySafe).toBe(true);
    },
  );

  it('ETIMEDOUT while connecting is a CONNECT_TIMEOUT', () => {
    expect(classify(failure('ETIMEDOUT', { syscall: 'connect' }))).toMatchObject({
      code: 'CONNECT_TIMEOUT',
      isReplaySafe: true,
    });
  });

  it('ECONNREFUSED of the name server is a DNS_FAILED', () => {
    expect(classify(failure('ECONNREFUSED', { syscall: 'queryA' })).code).toBe('DNS_FAILED');
  });

  it('tells the host it could not reach', () => {
    const error = classify(failure('ECONNREFUSED', { address: '127.0.0.1', port: 11_434 }), { what: 'Model "llama"' });
    expect(error.message).toBe('Model "llama": no connection could be made (ECONNREFUSED 127.0.0.1:11434)');
    expect(error.details).toMatchObject({ host: '127.0.0.1:11434' });
  });
});

describe('a failure without a code', () => {
  it.each([
    [new TypeError('terminated'), 'CONNECTION_LOST'],
    [new TypeError('fetch failed', { cause: new Error('redirect count exceeded') }), 'PROTOCOL_ERROR'],
    [new TypeError('fetch failed', { cause: new Error('bad port') }), 'REQUEST_INVALID'],
    [Object.assign(new Error('Parse Error'), { name: 'HTTPParserError' }), 'PROTOCOL_ERROR'],
    [new DOMException('The operation timed out', 'TimeoutError'), 'RESPONSE_TIMEOUT'],
    [new Error('JavaScript heap out of memory'), 'MEMORY_EXHAUSTED'],
    [
      Object.assign(new TypeError('path must be a string without null bytes'), { code: 'ERR_INVALID_ARG_VALUE' }),
      'FILE_INVALID',
    ],
    [new TypeError('x is not a function'), 'UNKNOWN_ERROR'],
    [new RangeError('Invalid array length'), 'UNKNOWN_ERROR'],
    [new Error('whatever'), 'UNKNOWN_ERROR'],
  ])('%s is %s', (thrown, code) => {
    expect(classify(thrown).code).toBe(code);
  });

  it('in the body of a model answer is a cut stream', () => {
    const cut = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
    expect(classify(cut, { source: 'model', isInBody: true }).code).toBe('STREAM_CUT');
    expect(classify(new TypeError('terminated', { cause: cut }), { source: 'model' }).code).toBe('STREAM_CUT');
    expect(classify(cut, { source: 'model' }).code).toBe('CONNECTION_LOST');
  });

  it('is read by the proxy status 407', () => {
    expect(classifyResponse({ status: 407 }).code).toBe('PROXY_FAILED');
  });
});

describe('a code of our own', () => {
  it.each([
    ['SSRF_BLOCKED', 'PERMISSION_ERROR', 'MEDIUM', false],
    ['PATH_BLOCKED', 'PERMISSION_ERROR', 'MEDIUM', false],
    ['TOOL_FORBIDDEN', 'PERMISSION_ERROR', 'MEDIUM', false],
    ['STARTUP_FAILED', 'SYSTEM_ERROR', 'CRITICAL', false],
    ['CONFIG_INVALID', 'VALIDATION_ERROR', 'CRITICAL', false],
    ['TOOL_FAILED', 'TOOL_ERROR', 'MEDIUM', false],
    ['TOOL_RESULT_INVALID', 'TOOL_ERROR', 'MEDIUM', false],
    ['TOOL_TIMEOUT', 'TIMEOUT_ERROR', 'MEDIUM', true],
    ['DEADLINE_EXCEEDED', 'TIMEOUT_ERROR', 'HIGH', false],
    ['QUEUE_TIMEOUT', 'TIMEOUT_ERROR', 'MEDIUM', false],
    ['TOOL_RATE_LIMITED', 'RESOURCE_ERROR', 'LOW', true],
    ['QUEUE_FULL', 'RESOURCE_ERROR', 'MEDIUM', true],
    ['BREAKER_OPEN', 'RESOURCE_ERROR', 'MEDIUM', true],
    ['AGENT_UNKNOWN', 'AGENT_ERROR', 'HIGH', false],
    ['HANDOFF_CYCLE', 'AGENT_ERROR', 'HIGH', false],
    ['DEPTH_LIMIT', 'AGENT_ERROR', 'HIGH', false],
    ['UNKNOWN_ERROR', 'SYSTEM_ERROR', 'HIGH', false],
    ['CANCELLED', 'SYSTEM_ERROR', 'LOW', false],
  ])('%s has its row', (code, category, severity, isRetryable) => {
    expect(new OrchestratorError(code, 'x')).toMatchObject({ category, severity, isRetryable });
  });

  it.each<[TimeLimitKind, string]>([
    ['connect', 'CONNECT_TIMEOUT'],
    ['headers', 'RESPONSE_TIMEOUT'],
    ['first-token', 'RESPONSE_TIMEOUT'],
    ['silence', 'RESPONSE_TIMEOUT'],
    ['attempt', 'RESPONSE_TIMEOUT'],
    ['tool', 'TOOL_TIMEOUT'],
    ['turn', 'TURN_TIMEOUT'],
    ['task', 'TASK_TIMEOUT'],
    ['deadline', 'DEADLINE_EXCEEDED'],
    ['queue', 'QUEUE_TIMEOUT'],
  ])('the %s limit is %s', (kind, code) => {
    const error = timeLimitError({ kind, ms: 250 }, { what: 'Step' });
    expect(error).toMatchObject({ code, category: 'TIMEOUT_ERROR', details: { limit: kind, limitMs: 250 } });
    expect(error.message).toContain('250 ms');
  });
});

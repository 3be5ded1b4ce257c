import type { ErrorCode } from '../error-catalog.js';
import type { Severity } from '../error-category.js';
import type { ErrorRule, FailureSign } from '../recovery.js';

/** One row of the table of Node, undici and operating system failures. */
interface SystemRow {
  readonly code: ErrorCode;
  /** Node codes; with `*` at the end a beginning. */ readonly nodeCodes?: readonly string[];
  /** Whole messages or parts of them, where there is no code. */ readonly messages?: readonly RegExp[];
  /** Class names, where neither tells. */ readonly names?: readonly string[];
  /** A further condition. */ readonly when?: (sign: FailureSign) => boolean;
  readonly severity?: Severity;
}

const isConnecting = (sign: FailureSign): boolean => sign.syscall === 'connect';
const isLookup = (sign: FailureSign): boolean =>
  sign.syscall !== undefined && (sign.syscall.startsWith('getaddrinfo') || sign.syscall.startsWith('query'));

/** Signs of the network, files, memory and workers. The first row that matches wins, so that the narrower stands above. */
const ROWS: readonly SystemRow[] = [
  {
    code: 'FILE_INVALID',
    nodeCodes: ['ERR_INVALID_ARG_VALUE', 'ERR_INVALID_ARG_TYPE'],
    when: ({ message }) => message !== undefined && /null bytes/i.test(message),
  },
  { code: 'DNS_FAILED', nodeCodes: ['ENOTFOUND', 'EAI_NONAME', 'ENODATA', 'EAI_NODATA'], severity: 'HIGH' },
  { code: 'DNS_FAILED', nodeCodes: ['EAI_*', 'ETIMEOUT', 'ESERVFAIL'] },
  { code: 'DNS_FAILED', nodeCodes: ['ECONNREFUSED', 'ETIMEDOUT'], when: isLookup },
  {
    code: 'CONNECTION_FAILED',
    nodeCodes: ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'],
  },
  { code: 'CONNECT_TIMEOUT', nodeCodes: ['UND_ERR_CONNECT_TIMEOUT'] },
  { code: 'CONNECT_TIMEOUT', nodeCodes: ['ETIMEDOUT'], when: isConnecting },
  { code: 'RESPONSE_TIMEOUT', nodeCodes: ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'] },
  {
    code: 'PROTOCOL_ERROR',
    nodeCodes: ['HPE_*', 'UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
  },
  { code: 'RESPONSE_TOO_LARGE', nodeCodes: ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'UND_ERR_WS_MESSAGE_SIZE_EXCEEDED'] },
  { code: 'PROXY_FAILED', nodeCodes: ['UND_ERR_PRX_TLS', 'UND_ERR_PRX_CONN', 'UND_ERR_SOCKS*'] },
  {
    code: 'REQUEST_INVALID',
    nodeCodes: [
      'UND_ERR_INVALID_ARG',
      'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
      'UND_ERR_NOT_SUPPORTED',
      'ERR_INVALID_URL',
      'ERR_INVALID_ARG_*',
      'ERR_INVALID_CHAR',
      'ERR_INVALID_HTTP_TOKEN',
    ],
  },
  {
    code: 'CONNECTION_LOST',
    nodeCodes: [
      'ECONNRESET',
      'EPIPE',
      'ECONNABORTED',
      'ETIMEDOUT',
      'UND_ERR_SOCKET',
      'UND_ERR_CLOSED',
      'UND_ERR_DESTROYED',
      'UND_ERR_INFO',
      'ERR_STREAM_PREMATURE_CLOSE',
    ],
  },
  {
    code: 'TLS_UNTRUSTED',
    nodeCodes: [
      'CERT_*',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_*',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
  },
  { code: 'TLS_FAILED', nodeCodes: ['ERR_SSL_*', 'EPROTO', 'ERR_TLS_HANDSHAKE_TIMEOUT'] },
  { code: 'PATH_BLOCKED', nodeCodes: ['ELOOP'] },
  {
    code: 'FILE_INVALID',
    nodeCodes: ['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENAMETOOLONG', 'EINVAL', 'ENOTEMPTY', 'ERR_FS_EISDIR'],
  },
  { code: 'FILE_FORBIDDEN', nodeCodes: ['EACCES', 'EPERM', 'EROFS', 'ERR_ACCESS_DENIED'] },
  { code: 'DESCRIPTORS_EXHAUSTED', nodeCodes: ['EMFILE', 'ENFILE', 'ENOBUFS', 'EAGAIN', 'EBUSY'] },
  { code: 'DISK_FULL', nodeCodes: ['ENOSPC', 'EDQUOT', 'EFBIG'] },
  { code: 'DISK_FAILED', nodeCodes: ['EIO'] },
  {
    code: 'MEMORY_EXHAUSTED',
    nodeCodes: ['ENOMEM', 'ERR_WORKER_OUT_OF_MEMORY', 'ERR_STRING_TOO_LONG'],
    messages: [/heap out of memory/i],
  },
  { code: 'WORKER_LOST', nodeCodes: ['ERR_WORKER_*', 'ERR_IPC_CHANNEL_CLOSED'] },
  { code: 'STARTUP_FAILED', nodeCodes: ['EADDRINUSE'] },
  { code: 'CONNECTION_LOST', messages: [/^terminated$/, /^other side closed$/, /^socket hang up$/] },
  { code: 'PROTOCOL_ERROR', messages: [/redirect count exceeded/i], names: ['HTTPParserError'] },
  { code: 'REQUEST_INVALID', messages: [/^bad port$/] },
  { code: 'RESPONSE_TIMEOUT', names: ['TimeoutError', 'APIConnectionTimeoutError'] },
];

function ruleOf(row: SystemRow, index: number): ErrorRule {
  const exact = new Set(row.nodeCodes?.filter((code) => !code.endsWith('*')));
  const beginnings = row.nodeCodes?.filter((code) => code.endsWith('*')).map((code) => code.slice(0, -1)) ?? [];
  const names = new Set(row.names);
  const messages = row.messages ?? [];
  return {
    name: `system:${row.code}:${index}`,
    matches: (sign) => {
      const { nodeCode, message, name } = sign;
      const isFound =
        (nodeCode !== undefined && (exact.has(nodeCode) || beginnings.some((start) => nodeCode.startsWith(start)))) ||
        (name !== undefined && names.has(name)) ||
        (message !== undefined && messages.some((pattern) => pattern.test(message)));
      return isFound && (row.when === undefined || row.when(sign));
    },
    code: row.code,
    ...(row.severity === undefined ? {} : { severity: row.severity }),
  };
}

/** Every row of the classification of network, file, memory and worker failures, in the order in which they are asked. */
export const SYSTEM_ERROR_RULES: readonly ErrorRule[] = ROWS.map(ruleOf);

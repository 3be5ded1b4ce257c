import { OrchestratorError } from '@master-orchestrator/errors';

/**
 * Reads a URL that a tool wants to reach. Only `http:` and `https:`, no user name or password.
 *
 * @throws OrchestratorError REQUEST_INVALID, SSRF_BLOCKED
 */
export function readUrl(value: string | URL, base?: URL): URL {
  const text = String(value);
  if (isConfusing(text)) throw invalid('the URL holds blanks, control characters or backslashes');
  if (!URL.canParse(text, base?.href)) throw invalid('the URL cannot be read');
  const url = new URL(text, base?.href);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new OrchestratorError(
      'SSRF_BLOCKED',
      `The request was not sent: "${url.protocol}" is not allowed, only "http:" and "https:".`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new OrchestratorError(
      'SSRF_BLOCKED',
      'The request was not sent: the URL holds a user name or password. Send credentials as a header.',
    );
  }
  url.hash = '';
  return url;
}

/** Blanks, control characters and backslashes: URL parsers drop or turn them, and disagree about it. */
function isConfusing(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code <= 0x20 || code === 0x7f || code === 0x5c) return true;
  }
  return false;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** @throws OrchestratorError REQUEST_INVALID */
export function readMethod(value: string | undefined): string {
  const method = (value ?? 'GET').toUpperCase();
  if (!METHODS.has(method))
    throw invalid(`the method "${method.slice(0, 20)}" is not one of ${[...METHODS].join(', ')}`);
  return method;
}

/** Headers of the connection, of proxies and of metadata services: never a tool's to set. */
const FORBIDDEN_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'metadata',
  'metadata-flavor',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-google-metadata-request',
  'x-original-url',
  'x-real-ip',
  'x-rewrite-url',
]);
const FORBIDDEN_PREFIXES = ['proxy-', 'sec-', 'x-aws-ec2-metadata', 'x-forwarded-'];

/**
 * Reads request headers. Names and values must be well formed, none may speak for the connection, a proxy or a metadata
 * service, and a placeholder such as `${API_KEY}` that nobody filled in is not sent.
 *
 * @throws OrchestratorError REQUEST_INVALID, SSRF_BLOCKED
 */
export function readHeaders(init: RequestInit['headers']): Headers {
  let headers: Headers;
  try {
    headers = new Headers(init);
  } catch (cause) {
    throw invalid('a header has a name or value that HTTP does not allow', cause);
  }
  for (const [name, value] of headers) {
    if (FORBIDDEN_HEADERS.has(name) || FORBIDDEN_PREFIXES.some((prefix) => name.startsWith(prefix))) {
      throw new OrchestratorError(
        'SSRF_BLOCKED',
        `The request was not sent: tools may not set the header "${name}". Leave it out.`,
      );
    }
    if (/\$\{[^}]*\}|\{\{[^}]*\}\}/.test(value)) {
      throw invalid(`the header "${name}" holds a placeholder that was not filled in`);
    }
  }
  return headers;
}

/** What a redirect to another origin may carry: nothing that could be a credential, whatever its name. */
const SAFE_ACROSS_ORIGINS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-language',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'range',
  'user-agent',
]);

/** The headers without those that another origin must not get. */
export function withoutCredentials(headers: Headers): Headers {
  const kept = new Headers();
  for (const [name, value] of headers) if (SAFE_ACROSS_ORIGINS.has(name)) kept.append(name, value);
  return kept;
}

function invalid(problem: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError('REQUEST_INVALID', `The request was not sent: ${problem}.`, {
    cause,
    isReplaySafe: true,
  });
}

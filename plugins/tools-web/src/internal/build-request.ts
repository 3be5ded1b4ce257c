import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { OrchestratorError } from '@master-orchestrator/errors';
import type { WebLimits } from '../web-tools-plugin.js';
import type { HostSettings } from './host-settings.js';
import { isIdempotent, type HttpMethod } from './methods.js';

/** What the model asked for. */
export interface HttpRequestInput {
  readonly url: string;
  readonly method: HttpMethod;
  readonly query?: Readonly<Record<string, Primitive | readonly Primitive[]>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly bodyBase64?: string | undefined;
  readonly json?: unknown;
}

type Primitive = string | number | boolean;

/** A request that is ready to leave. */
export interface BuiltRequest {
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
  /** What the operator added: must not be seen in the answer. */ readonly secrets: readonly string[];
}

/** Blanks, control characters and backslashes: URL parsers drop or turn them, and disagree about it. */
const CONFUSING = /[\s\p{Cc}\\]/u;

/** The URL with its query, or `undefined` where it cannot be read. */
export function targetOf({ url: text, query }: Pick<HttpRequestInput, 'url' | 'query'>): URL | undefined {
  if (CONFUSING.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const single of [value].flat()) url.searchParams.append(name, String(single));
  }
  return url;
}

/**
 * Puts a request together. What only the guard of the host can judge (addresses, forbidden headers, broken names) is left
 * to it.
 *
 * @throws OrchestratorError REQUEST_INVALID, REQUEST_TOO_LARGE, TOOL_FORBIDDEN
 */
export function buildRequest(
  input: HttpRequestInput,
  idempotencyKey: string,
  hosts: HostSettings,
  limits: WebLimits,
): BuiltRequest {
  const url = targetOf(input);
  if (url === undefined)
    throw invalid(`${JSON.stringify(input.url.slice(0, 200))} is no URL. Give it in full, with https://.`);
  const body = bodyOf(input, limits);
  const headers = headersOf(input, limits);
  if (input.json !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  const settings = hosts.of(url);
  const keyHeader = isIdempotent(input.method) ? undefined : hosts.keyHeaderOf(url);
  if (keyHeader !== undefined) headers.set(keyHeader, plainKey(idempotencyKey));
  const added = Object.entries(settings?.headers ?? {});
  if (added.length > 0 && url.protocol !== 'https:' && settings?.allowHttp !== true) {
    const message = `The request was not sent: "${url.hostname}" is configured with headers that must not leave over plain http. Use https.`;
    throw new OrchestratorError('TOOL_FORBIDDEN', message, { isReplaySafe: true });
  }
  for (const [name, value] of added) headers.set(name, value);
  return { url, headers, body, secrets: added.flatMap(([, value]) => [value, value.slice(value.indexOf(' ') + 1)]) };
}

function headersOf({ headers: given }: HttpRequestInput, { allowCookies }: WebLimits): Headers {
  let headers: Headers;
  try {
    headers = new Headers({ ...given });
  } catch (cause) {
    throw invalid('a header has a name or value that HTTP does not allow. Correct or drop it.', cause);
  }
  if (!headers.has('cookie') || allowCookies) return headers;
  const message = 'The request was not sent: the header "cookie" is not allowed. Leave it out.';
  throw new OrchestratorError('TOOL_FORBIDDEN', message, { isReplaySafe: true });
}

function bodyOf({ body, bodyBase64, json }: HttpRequestInput, limits: WebLimits): BuiltRequest['body'] {
  const made = bodyBase64 === undefined ? (json === undefined ? body : JSON.stringify(json)) : decodeBase64(bodyBase64);
  const size = made === undefined ? 0 : typeof made === 'string' ? Buffer.byteLength(made) : made.length;
  if (size <= limits.maxRequestBytes) return made;
  const message = `The request was not sent: its body has ${size} bytes, more than the ${limits.maxRequestBytes} allowed. Send less.`;
  throw new OrchestratorError('REQUEST_TOO_LARGE', message, { isReplaySafe: true });
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const compact = text.replaceAll(/\s/g, '');
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact);
  if (!isBase64) throw invalid('bodyBase64 is not Base64 (RFC 4648, section 4). Encode it again.');
  return Uint8Array.from(Buffer.from(compact, 'base64'));
}

/** The key where servers take it as it is; else its hash: at most 255 visible characters. */
function plainKey(key: string): string {
  const isPlain = /^[\x21-\x7e]{1,255}$/.test(key);
  return isPlain ? key : createHash('sha256').update(key).digest('hex');
}

function invalid(problem: string, cause?: unknown): OrchestratorError {
  const message = `The request was not sent: ${problem}`;
  return new OrchestratorError('REQUEST_INVALID', message, {
    isReplaySafe: true,
    ...(cause !== undefined && { cause }),
  });
}

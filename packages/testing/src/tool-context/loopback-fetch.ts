import type { ToolFetch, ToolFetchPolicy } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);
const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;

/**
 * The `fetch` of a test: it reaches loopback servers only, follows redirects to loopback only, and keeps the bounds
 * of the policy. It is no guard against a hostile server; the host's own is.
 */
export const loopbackFetch: ToolFetch = async (url, init = {}) => {
  const { policy = {}, ...first } = init;
  let request: RequestInit = first;
  const limit = AbortSignal.timeout(policy.timeoutMs ?? 30_000);
  const signal = request.signal == null ? limit : AbortSignal.any([request.signal, limit]);
  let target = checked(new URL(url), policy);
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetch(target, { ...request, signal, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return bounded(response, target, policy);
    if (redirects >= (policy.maxRedirects ?? 5)) {
      throw new OrchestratorError('PROTOCOL_ERROR', `More than ${redirects} redirects from ${String(url)}.`);
    }
    await response.body?.cancel();
    target = checked(new URL(location, target), policy);
    if (becomesGet(response.status, request.method)) request = { ...request, method: 'GET', body: null };
  }
};

/** RFC 9110, section 15.4: after 303, and by custom after a POST answered with 301 or 302, the next request is a GET. */
function becomesGet(status: number, method = 'GET'): boolean {
  return status === 303 || (method.toUpperCase() === 'POST' && (status === 301 || status === 302));
}

function checked(url: URL, { allowedHosts }: ToolFetchPolicy): URL {
  if (!LOOPBACK.has(url.hostname)) {
    const message = `A test may reach loopback servers only, not "${url.hostname}". Start one with startJsonServer().`;
    throw new OrchestratorError('SSRF_BLOCKED', message);
  }
  const isAllowed = allowedHosts?.some((host) => host === url.hostname || host === url.host) ?? true;
  if (!isAllowed) throw new OrchestratorError('TOOL_FORBIDDEN', `The host "${url.host}" is not in allowedHosts.`);
  return url;
}

async function bounded(
  response: Response,
  url: URL,
  { maxBytes = DEFAULT_MAX_BYTES }: ToolFetchPolicy,
): Promise<Response> {
  if (response.body === null) return response;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new OrchestratorError('RESPONSE_TOO_LARGE', `${url.href} answered with more than ${maxBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  const { status, statusText, headers } = response;
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  const copy = new Response(hasBody ? Buffer.concat(chunks) : null, { status, statusText, headers });
  Object.defineProperty(copy, 'url', { value: url.href });
  return copy;
}

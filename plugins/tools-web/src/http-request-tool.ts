import { defineTool, type AnyTool, type Effect, type ToolFetchPolicy } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { shownHeaders } from './internal/answer-headers.js';
import { buildRequest, targetOf } from './internal/build-request.js';
import { decodeBody } from './internal/decode-body.js';
import type { HostSettings } from './internal/host-settings.js';
import { maskBytes, maskText, withoutCutSecret } from './internal/mask-secrets.js';
import { isIdempotent, isReading, type HttpMethod } from './internal/methods.js';
import { readBody } from './internal/read-body.js';
import type { WebLimits } from './web-tools-plugin.js';

const primitive = z.union([z.string(), z.number(), z.boolean()]);

const outputSchema = z.object({
  /** Where the answer came from, after redirects. */ url: z.string(),
  status: z.number(),
  isOk: z.boolean(),
  headers: z.record(z.string(), z.string()),
  /** What `body` or `json` holds. */ kind: z.enum(['none', 'text', 'json', 'base64']),
  body: z.string().optional(),
  json: z.unknown().optional(),
  /** Bytes of the body that were read, after decompression. */ bytes: z.number(),
  isTruncated: z.boolean(),
});

/** Makes the tool `http_request`. */
export function httpRequestTool(hosts: HostSettings, limits: WebLimits): AnyTool {
  return defineTool({
    name: 'http_request',
    description:
      'Sends an HTTP request and returns status, headers and body: JSON as a value, text as text, other content as base64. ' +
      `Any status is a result, so look at status. At most ${limits.maxBytes} bytes of a body come back. ` +
      'Redirects are followed for GET, HEAD and OPTIONS only.',
    category: 'web_services',
    accessLevel: 'restricted',
    effect: ({ url, method }): Effect => effectOf(method ?? limits.methods[0], targetOf({ url }), hosts),
    approval: limits.approveWrites && (({ method }) => !isReading(method ?? limits.methods[0])),
    limits: { timeoutMs: limits.timeoutMs + 1_000 },
    inputSchema: inputSchema(limits),
    outputSchema,
    async execute(input, { fetch, signal, idempotencyKey }) {
      const method = input.method ?? limits.methods[0];
      const { url, headers, body, secrets } = buildRequest({ ...input, method }, idempotencyKey, hosts, limits);
      const response = await fetch(url, {
        method,
        headers,
        signal,
        redirect: isReading(method) && input.followRedirects !== false ? 'follow' : 'manual',
        ...(body !== undefined && { body }),
        policy: policyOf(limits, input.timeoutMs),
      });
      const { bytes, isTruncated } = await readBody(
        response,
        Math.min(input.maxBytes ?? limits.maxBytes, limits.maxBytes),
      );
      const masked = maskBytes(isTruncated ? withoutCutSecret(bytes, secrets) : bytes, secrets);
      const want = input.responseType ?? 'auto';
      const decoded = decodeBody(masked, response.headers.get('content-type'), { isTruncated, want });
      const shown = shownHeaders(response.headers);
      return {
        url: maskText(response.url === '' ? url.href : response.url, secrets),
        status: response.status,
        isOk: response.ok,
        headers: Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, maskText(value, secrets)])),
        ...decoded,
        bytes: bytes.length,
        isTruncated,
      };
    },
  });
}

/**
 * What a repeat would do: nothing more for GET, HEAD, OPTIONS, PUT and DELETE (RFC 9110, section 9.2.2); POST and PATCH
 * count each time, unless the host honours idempotency keys.
 */
function effectOf(method: HttpMethod, url: URL | undefined, hosts: HostSettings): Effect {
  if (isIdempotent(method)) return 'idempotent';
  return url !== undefined && hosts.keyHeaderOf(url) !== undefined ? 'keyed' : 'unsafe';
}

/** The size is bounded while reading, so that a long body is cut and not refused. */
function policyOf(limits: WebLimits, timeoutMs: number | undefined): ToolFetchPolicy {
  const { allowedHosts, allowPrivateHosts, maxRedirects } = limits;
  return {
    maxRedirects,
    maxBytes: Number.MAX_SAFE_INTEGER,
    timeoutMs: Math.min(timeoutMs ?? limits.timeoutMs, limits.timeoutMs),
    ...(allowedHosts !== undefined && { allowedHosts }),
    ...(allowPrivateHosts !== undefined && { allowPrivateHosts }),
  };
}

// Each field is described for the model; the return type is inferred so that execute() knows its input.
function inputSchema({ methods, maxBytes, timeoutMs }: WebLimits) {
  return z
    .object({
      url: z.string().min(1).max(8_192).describe('Full address, with https:// or http://.'),
      method: z.enum(methods).optional().describe(`Default ${methods[0]}.`),
      query: z
        .record(z.string(), z.union([primitive, z.array(primitive).max(1_000)]))
        .optional()
        .describe('Parameters added to the address; they are escaped.'),
      headers: z.record(z.string(), z.string()).optional().describe('Request headers.'),
      json: z.unknown().optional().describe('Body to send as JSON.'),
      body: z.string().optional().describe('Body to send as text; set content-type in headers.'),
      bodyBase64: z.string().optional().describe('Body to send as bytes, in base64.'),
      responseType: z
        .enum(['auto', 'text', 'base64'])
        .optional()
        .describe('How the body comes back. Default auto: by its content type.'),
      followRedirects: z.boolean().optional().describe('False: a redirect comes back as it is. Default true.'),
      timeoutMs: z.int().min(1).max(timeoutMs).optional().describe('Give up after so many milliseconds.'),
      maxBytes: z.int().min(1).max(maxBytes).optional().describe('Read at most so many bytes of the body.'),
    })
    .refine(({ json, body, bodyBase64 }) => [json, body, bodyBase64].filter((one) => one !== undefined).length <= 1, {
      message: 'Give one of json, body and bodyBase64.',
    });
}

import { readOptions, type OptionsSchema, type PluginV1 } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { httpRequestTool } from './http-request-tool.js';
import { HostSettings } from './internal/host-settings.js';
import { HTTP_METHODS, type HttpMethod } from './internal/methods.js';
import { version } from './version.js';

export type { HttpMethod } from './internal/methods.js';

/** What holds for requests to one host. */
export interface WebHost {
  /**
   * True, or the header's name: the host honours an idempotency key, so POST and PATCH to it may be repeated after a
   * crash. Each request carries the key of its call. @default false
   */
  readonly idempotencyKeys?: boolean | string;
  /**
   * Headers added to each request, such as credentials. The model never sees them: they are masked in answers that echo
   * them, and stronger than what the model sets.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** True: `headers` may also leave over plain `http:`. @default false */ readonly allowHttp?: boolean;
}

/** Options of {@link webToolsPlugin}. */
export interface WebToolsPluginOptions {
  /** Hosts (`example.com`, `*.example.com`, `example.com:8443`) that may be reached. @default any public host on ports 80 and 443 */
  readonly allowedHosts?: readonly string[];
  /** Hosts that may be reached although their address is not public, such as `127.0.0.1:8080`. @default none */
  readonly allowPrivateHosts?: readonly string[];
  /** Settings by host, in the form of `allowedHosts`; the first that fits counts. */
  readonly hosts?: Readonly<Record<string, WebHost>>;
  /** Methods that may be used. @default all of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE */
  readonly methods?: readonly HttpMethod[];
  /** Most of a body that is returned, in bytes after decompression; the rest is not read. @default 524_288 */
  readonly maxBytes?: number;
  /** Largest request body, in bytes. @default 1_048_576 */ readonly maxRequestBytes?: number;
  /** Whole request with its body, in milliseconds. @default 25_000 */ readonly timeoutMs?: number;
  /** Redirects that a reading request follows. @default 5 */ readonly maxRedirects?: number;
  /** True: a person approves each POST, PUT, PATCH and DELETE. @default false */ readonly approveWrites?: boolean;
  /** True: the model may set the `Cookie` header. @default false */ readonly allowCookies?: boolean;
}

/** Checked options. */
export interface WebLimits {
  readonly allowedHosts?: readonly string[] | undefined;
  readonly allowPrivateHosts?: readonly string[] | undefined;
  readonly methods: readonly [HttpMethod, ...HttpMethod[]];
  readonly maxBytes: number;
  readonly maxRequestBytes: number;
  readonly timeoutMs: number;
  readonly maxRedirects: number;
  readonly approveWrites: boolean;
  readonly allowCookies: boolean;
}

const hostPattern = z.string().regex(/^\S+$/, 'must have no space');
const hostPatterns = z.array(hostPattern).readonly();
const headerValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'has characters that no header may have');

const hostSchema = z.strictObject({
  idempotencyKeys: z.union([z.boolean(), z.string().regex(/^[\w-]+$/)]).optional(),
  headers: z.record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, 'is no name of a header'), headerValue).optional(),
  allowHttp: z.boolean().optional(),
});

/** The options as the host checks and shows them. */
export const webToolsOptions = z.strictObject({
  allowedHosts: hostPatterns
    .optional()
    .meta({ 'x-default': 'any public host' })
    .describe('Hosts that may be reached: `example.com`, `*.example.com`, `example.com:8443`.'),
  allowPrivateHosts: hostPatterns
    .optional()
    .meta({ 'x-default': 'none' })
    .describe('Hosts that may be reached although their address is not public, such as `127.0.0.1:8080`.'),
  hosts: z
    .record(hostPattern, hostSchema)
    .default({})
    .describe('Settings by host, in the form of `allowedHosts`; the first that fits counts.'),
  methods: z
    .tuple([z.enum(HTTP_METHODS)], z.enum(HTTP_METHODS))
    .default([...HTTP_METHODS])
    .meta({ 'x-expected': `a list of ${HTTP_METHODS.join(', ')}` })
    .describe('Methods that may be used; the first is the default of the tool.'),
  maxBytes: z
    .int()
    .min(1)
    .max(67_108_864)
    .default(524_288)
    .describe('Most of a body that is returned, in bytes after decompression; the rest is not read.'),
  maxRequestBytes: z.int().min(0).max(67_108_864).default(1_048_576).describe('Largest request body, in bytes.'),
  timeoutMs: z.int().min(1).max(3_600_000).default(25_000).describe('Whole request with its body, in milliseconds.'),
  maxRedirects: z.int().min(0).max(20).default(5).describe('Redirects that GET, HEAD and OPTIONS follow.'),
  approveWrites: z.boolean().default(false).describe('A person approves each POST, PUT, PATCH and DELETE.'),
  allowCookies: z.boolean().default(false).describe('The model may set the `Cookie` header.'),
}) satisfies OptionsSchema<WebToolsPluginOptions>;

/**
 * Adds `http_request`. It reaches what the host's guard lets through: public addresses, checked inside the connection
 * and again at each redirect, unless these options open or close more.
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range.
 */
export function webToolsPlugin(options: WebToolsPluginOptions = {}): PluginV1 {
  const { hosts, ...limits } = readOptions(webToolsOptions, options, 'webToolsPlugin');
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/tools-web',
    version,
    permissions: ['net'],
    contributes: { tools: [httpRequestTool(new HostSettings(hosts), limits)] },
  };
}

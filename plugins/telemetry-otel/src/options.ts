import type { OptionsSchema } from '@master-orchestrator/contracts';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { z } from 'zod';

/** What of the content of runs goes into spans. */
export interface ContentCapture {
  /** Characters kept of one text. @default 4_096 */ readonly maxCharacters?: number;
  /** Values to mask wherever they occur, beside what looks like a secret. @default none */
  readonly secrets?: readonly string[];
  /** Has the last word on every text, after the masks. */ readonly redact?: (text: string) => string;
}

/** Options of `otelTelemetryPlugin`. */
export interface OtelTelemetryPluginOptions {
  /** Where spans are sent: OTLP over HTTP, as JSON. @default 'http://127.0.0.1:4318/v1/traces' */
  readonly endpoint?: string;
  /** Headers of every request, such as an authorization. Never shown. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** `service.name` of the resource. @default 'mao' */ readonly serviceName?: string;
  /** Further attributes of the resource, such as `deployment.environment.name`. @default none */
  readonly resource?: Readonly<Record<string, string | number | boolean>>;
  /** Part of the traces that is kept, from 0 to 1; decided by the task, alike in all processes. @default 1 */
  readonly sampleRatio?: number;
  /** Arguments and results of tools, streamed answers and words of errors in spans. @default false */
  readonly captureContent?: boolean | ContentCapture;
  /** Time between two deliveries, in milliseconds. @default 5_000 */ readonly intervalMs?: number;
  /** Time for one delivery with its retries, in milliseconds. @default 10_000 */ readonly timeoutMs?: number;
  /** Time that closing may take to deliver what is left, in milliseconds. @default 2_000 */
  readonly flushTimeoutMs?: number;
  /** Spans that wait for a delivery; further ones are dropped. @default 10_000 */ readonly maxQueued?: number;
  /** Takes the spans instead of `endpoint`. */ readonly exporter?: SpanExporter;
}

/** Options with every part present. */
export type CheckedOptions = z.output<typeof otelTelemetryOptions>;

const milliseconds = (standard: number) => z.int().min(1).max(600_000).default(standard);

const content = z.strictObject({
  maxCharacters: z.int().min(1).max(1_000_000).default(4_096),
  secrets: z.array(z.string().min(4)).readonly().default([]),
  redact: z.custom<(text: string) => string>((value) => typeof value === 'function', 'must be a function').optional(),
});

const isExporter = (value: unknown): boolean => {
  const { export: send, shutdown } = (value ?? {}) as Partial<Record<'export' | 'shutdown', unknown>>;
  return typeof send === 'function' && typeof shutdown === 'function';
};

/** The options as the host checks and shows them. */
export const otelTelemetryOptions = z.strictObject({
  endpoint: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .default('http://127.0.0.1:4318/v1/traces')
    .describe('Where spans are sent: OTLP over HTTP, as JSON.'),
  headers: z
    .record(
      z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is no name of a header'),
      z.string().regex(/^[\t\x20-\x7E\x80-\xFF]*$/, 'has characters that no header may have'),
    )
    .default({})
    .describe('Headers of every request, such as an authorization. Never shown.'),
  serviceName: z.string().min(1).max(200).default('mao').describe('`service.name` of the resource.'),
  resource: z
    .record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe('Further attributes of the resource.'),
  sampleRatio: z.number().min(0).max(1).default(1).describe('Part of the traces that is kept.'),
  captureContent: z
    .union([z.boolean(), content])
    .default(false)
    .transform((value) => (value === true ? content.parse({}) : value))
    .meta({ 'x-expected': 'true, false or `{ maxCharacters, secrets, redact }`' })
    .describe('Arguments and results of tools, streamed answers and words of errors in spans.'),
  intervalMs: milliseconds(5_000).describe('Time between two deliveries, in milliseconds.'),
  timeoutMs: milliseconds(10_000).describe('Time for one delivery with its retries, in milliseconds.'),
  flushTimeoutMs: milliseconds(2_000).describe('Time that closing may take to deliver what is left, in milliseconds.'),
  maxQueued: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('Spans that wait for a delivery; further ones are dropped.'),
  exporter: z
    .custom<SpanExporter>(isExporter, 'must have the methods export and shutdown')
    .optional()
    .meta({ 'x-in-code': true })
    .describe('A `SpanExporter` that takes the spans instead of `endpoint`, for another protocol.'),
}) satisfies OptionsSchema<OtelTelemetryPluginOptions>;

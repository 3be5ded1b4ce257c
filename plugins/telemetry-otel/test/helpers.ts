import type { EventData, EventType, Logger, OrchestratorEvent } from '@master-orchestrator/contracts';
import { startJsonServer, type JsonAnswer, type JsonRequest } from '@master-orchestrator/testing';
import { NEVER, Subscription } from 'rxjs';
import { otelTelemetryPlugin, type OtelTelemetryPluginOptions } from '../src/index.js';

/** A value of OTLP as JSON. */
interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values: readonly OtlpValue[] };
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly events?: readonly { readonly name: string; readonly attributes: readonly OtlpAttribute[] }[];
  readonly links?: readonly { readonly spanId: string }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

/** A span as it arrived. */
export interface ReceivedSpan extends Omit<OtlpSpan, 'attributes' | 'events'> {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A receiver of OTLP over HTTP on loopback. */
export interface Receiver extends AsyncDisposable {
  readonly endpoint: string;
  readonly requests: readonly JsonRequest[];
  /** Every span that arrived, by start. */ spans(): ReceivedSpan[];
  /** The one span of this name. */ span(name: string): ReceivedSpan;
  /** Names, each indented by its depth under its parent. */ tree(): string[];
}

/** Starts a receiver. @param answer - What it answers; by default that it took everything */
export async function startReceiver(
  answer: () => JsonAnswer | Promise<JsonAnswer> = () => [200, {}],
): Promise<Receiver> {
  const server = await startJsonServer(answer);
  const spans = (): ReceivedSpan[] => server.requests.flatMap(({ body }) => spansOf(body)).toSorted(byStart);
  return {
    endpoint: `${server.origin}/v1/traces`,
    requests: server.requests,
    spans,
    span(name) {
      const found = spans().filter((span) => span.name === name);
      if (found.length !== 1 || found[0] === undefined)
        throw new Error(
          `${found.length} spans "${name}" among: ${spans()
            .map((span) => span.name)
            .join(', ')}`,
        );
      return found[0];
    },
    tree: () => treeOf(spans()),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** A line a span, indented by its depth. */
export function treeOf(spans: readonly ReceivedSpan[], parent?: string, depth = 0): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  return spans
    .filter(({ parentSpanId = '' }) => (parent === undefined ? !ids.has(parentSpanId) : parentSpanId === parent))
    .flatMap((span) => [`${'  '.repeat(depth)}${span.name}`, ...treeOf(spans, span.spanId, depth + 1)]);
}

/** A plugin that was set up, and the hand that feeds it. */
export interface FedTelemetry {
  readonly emit: <Type extends EventType>(
    type: Type,
    data: EventData[Type],
    about?: Partial<OrchestratorEvent>,
  ) => void;
  /** Closes the plugin, which delivers everything. */ readonly close: () => Promise<void>;
  /** Lines of the log. */ readonly log: readonly {
    readonly level: string;
    readonly fields: unknown;
    readonly text: string;
  }[];
}

/** Sets the plugin up with an event stream that a test feeds by hand; events are a second apart. */
export async function startTelemetry(options: OtelTelemetryPluginOptions): Promise<FedTelemetry> {
  const plugin = otelTelemetryPlugin(options);
  const listeners = new Set<(event: OrchestratorEvent) => void>();
  const log: { level: string; fields: unknown; text: string }[] = [];
  const line =
    (level: string) =>
    (fields: unknown, text?: string): void =>
      void log.push({ level, fields, text: text ?? '' });
  const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') } as Logger;
  await plugin.setup?.({
    logger,
    events$: NEVER,
    signal: new AbortController().signal,
    listen: (_name, handle) => {
      listeners.add(handle);
      return new Subscription(() => listeners.delete(handle));
    },
  });
  let seq = 0;
  return {
    log,
    emit(type, data, about = {}) {
      seq += 1;
      const at = 1_700_000_000_000 + 1_000 * seq;
      const event = { seq, at, type, taskId: 'task_1', runId: 'run_1', agentId: 'agent_1', ...about, data };
      for (const handle of listeners) handle(event as never);
    },
    close: async () => plugin.dispose?.(),
  };
}

function spansOf(body: unknown): ReceivedSpan[] {
  const { resourceSpans = [] } = body as {
    resourceSpans?: { resource: { attributes: OtlpAttribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[];
  };
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        resource: plain(resource.attributes),
        attributes: plain(span.attributes),
        events: (span.events ?? []).map(({ name, attributes }) => ({ name, attributes: plain(attributes) })),
      })),
    ),
  );
}

function plain(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue({ stringValue, intValue, doubleValue, boolValue, arrayValue }: OtlpValue): unknown {
  if (arrayValue !== undefined) return arrayValue.values.map(plainValue);
  return stringValue ?? doubleValue ?? boolValue ?? Number(intValue);
}

function byStart(a: ReceivedSpan, b: ReceivedSpan): number {
  return Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano));
}

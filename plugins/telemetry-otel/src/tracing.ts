import type { PluginContext } from '@master-orchestrator/contracts';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base';
import { BoundedExporter } from './bounded-exporter.js';
import { ContentFilter } from './content-filter.js';
import { EventSpans } from './event-spans.js';
import type { CheckedOptions } from './options.js';
import { httpSender, sendThrough } from './senders.js';
import { SpanIds } from './span-ids.js';
import { version } from './version.js';

/** Spans of one delivery. */
const BATCH = 512;
const LIMITS = {
  attributeCountLimit: 128,
  attributeValueLengthLimit: Infinity,
  eventCountLimit: 256,
  linkCountLimit: 16,
  attributePerEventCountLimit: 32,
  attributePerLinkCountLimit: 32,
};

/** Traces that are being made. */
export interface Tracing {
  /** Closes every span and delivers what is left, within `flushTimeoutMs`. Never rejects. */ close(): Promise<void>;
}

/** Begins to read events; the parts of OpenTelemetry are this plugin's own. */
export function startTracing(options: CheckedOptions, context: PluginContext): Tracing {
  const { intervalMs, timeoutMs, maxQueued, flushTimeoutMs, exporter, captureContent } = options;
  const send = exporter === undefined ? httpSender(options) : sendThrough(exporter);
  const bounded = new BoundedExporter({ send, timeoutMs, logger: context.logger });
  const ids = new SpanIds();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ ...options.resource, 'service.name': options.serviceName }),
    // Decided by the trace alone, so that parts of one trace in several processes are kept or dropped together.
    sampler: new TraceIdRatioBasedSampler(options.sampleRatio),
    idGenerator: ids,
    spanLimits: LIMITS,
    spanProcessors: [
      new BatchSpanProcessor(bounded, {
        maxQueueSize: maxQueued,
        maxExportBatchSize: Math.min(BATCH, maxQueued),
        scheduledDelayMillis: intervalMs,
        exportTimeoutMillis: timeoutMs + 1_000,
      }),
    ],
  });
  const tracer = provider.getTracer('@master-orchestrator/telemetry-otel', version);
  const content = captureContent === false ? undefined : new ContentFilter(captureContent);
  const spans = new EventSpans(tracer, ids, content);
  const subscription = context.listen('telemetry-otel', spans.handle);
  return {
    async close() {
      subscription.unsubscribe();
      spans.closeAll();
      const timer = setTimeout(() => bounded.abort(), flushTimeoutMs);
      // What could not be delivered was told in the log.
      await provider.shutdown().catch(() => undefined);
      clearTimeout(timer);
    },
  };
}

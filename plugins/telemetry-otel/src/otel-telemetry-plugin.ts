import { readOptions, type PluginV1 } from '@master-orchestrator/contracts';
import { otelTelemetryOptions, type OtelTelemetryPluginOptions } from './options.js';
import type { Tracing } from './tracing.js';
import { version } from './version.js';

/**
 * Makes OpenTelemetry traces from the event stream, by the semantic conventions for generative AI, and sends them by
 * OTLP over HTTP. Nothing of OpenTelemetry is loaded before `setup`, and nothing global of it is touched.
 *
 * @throws OrchestratorError CONFIG_INVALID where an option does not fit
 */
export function otelTelemetryPlugin(options: OtelTelemetryPluginOptions = {}): PluginV1 {
  const checked = readOptions(otelTelemetryOptions, options, 'otelTelemetryPlugin');
  let tracing: Tracing | undefined;
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/telemetry-otel',
    version,
    permissions: ['net'],
    contributes: {},
    async setup(context) {
      const { startTracing } = await import('./tracing.js');
      tracing = startTracing(checked, context);
    },
    async dispose() {
      const open = tracing;
      tracing = undefined;
      await open?.close();
    },
  };
}

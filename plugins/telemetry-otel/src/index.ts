export { otelTelemetryPlugin } from './otel-telemetry-plugin.js';
export type { ContentCapture, OtelTelemetryPluginOptions } from './options.js';

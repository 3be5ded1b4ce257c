export { otelTelemetryPlugin } from './otel-telemetry-plugin.js';
export { otelTelemetryOptions, type ContentCapture, type OtelTelemetryPluginOptions } from './options.js';

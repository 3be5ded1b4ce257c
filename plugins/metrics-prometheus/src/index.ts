export { prometheusMetricsPlugin } from './prometheus-metrics-plugin.js';
export type { PrometheusMetricsPluginOptions } from './options.js';

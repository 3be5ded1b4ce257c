export { prometheusMetricsPlugin } from './prometheus-metrics-plugin.js';
export { prometheusMetricsOptions, type PrometheusMetricsPluginOptions } from './options.js';

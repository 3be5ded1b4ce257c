import { readOptions, type PluginV1 } from '@master-orchestrator/contracts';
import { Registry } from 'prom-client';
import { EventMetrics } from './event-metrics.js';
import { prometheusMetricsOptions, type PrometheusMetricsPluginOptions } from './options.js';
import { ProcessMetrics } from './process-metrics.js';
import { version } from './version.js';

/**
 * Counts what happens from the event stream and adds a `metrics` contribution that gives the counts as text for
 * Prometheus. It has a registry of its own: prom-client's global one stays as it is.
 *
 * @throws OrchestratorError CONFIG_INVALID where an option does not fit
 */
export function prometheusMetricsPlugin(options: PrometheusMetricsPluginOptions = {}): PluginV1 {
  const checked = readOptions(prometheusMetricsOptions, options, 'prometheusMetricsPlugin');
  const registry = new Registry();
  if (Object.keys(checked.labels).length > 0) registry.setDefaultLabels(checked.labels);
  const events = new EventMetrics(registry, checked);
  const own = checked.process ? new ProcessMetrics(registry) : undefined;
  let stop: (() => void) | undefined;
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/metrics-prometheus',
    version,
    contributes: {
      metrics: [
        { name: 'prometheus', contentType: Registry.PROMETHEUS_CONTENT_TYPE, render: () => registry.metrics() },
      ],
    },
    setup(context) {
      own?.start();
      const subscription = context.listen('metrics', events.handle);
      stop = () => {
        subscription.unsubscribe();
        own?.stop();
      };
      return Promise.resolve();
    },
    dispose() {
      stop?.();
      stop = undefined;
      return Promise.resolve();
    },
  };
}

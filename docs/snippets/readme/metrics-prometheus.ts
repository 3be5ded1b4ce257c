import { createOrchestrator } from '@master-orchestrator/core';
import { prometheusMetricsPlugin } from '@master-orchestrator/metrics-prometheus';

const orchestrator = await createOrchestrator({ plugins: [prometheusMetricsPlugin()] });
const [metrics] = orchestrator.plugins.contributions('metrics');
console.log(await metrics?.value.render());
await orchestrator.shutdown();

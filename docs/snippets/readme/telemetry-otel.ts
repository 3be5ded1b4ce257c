import { createOrchestrator } from '@master-orchestrator/core';
import { otelTelemetryPlugin } from '@master-orchestrator/telemetry-otel';

const orchestrator = await createOrchestrator({
  plugins: [otelTelemetryPlugin({ endpoint: 'http://127.0.0.1:4318/v1/traces', serviceName: 'my-agents' })],
});
await orchestrator.shutdown(); // delivers what is left, for two seconds at most

import { createOrchestrator } from '@master-orchestrator/core';
import { dbosEnginePlugin } from '@master-orchestrator/engine-dbos';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';

const url = process.env['DATABASE_URL'] ?? 'postgres://user:password@localhost:5432/tasks';
const orchestrator = await createOrchestrator({
  config: { engine: { address: `dbos:${url}` } },
  plugins: [dbosEnginePlugin(), offlineModelPlugin()],
});
await orchestrator.createAgent({ name: 'helper', instructions: 'Help.' }, { id: 'helper' });
const task = { description: 'Name the largest of 3, 17 and 8.', agentId: 'helper', idempotencyKey: 'largest' };
console.log((await orchestrator.executeTask(await orchestrator.createTask(task))).text);
await orchestrator.shutdown();

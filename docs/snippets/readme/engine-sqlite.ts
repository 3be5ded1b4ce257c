import { createOrchestrator } from '@master-orchestrator/core';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';

const orchestrator = await createOrchestrator({
  config: { engine: { address: 'sqlite:./data/tasks.db' } },
  plugins: [sqliteEnginePlugin(), offlineModelPlugin()],
});
await orchestrator.createAgent({ name: 'helper', instructions: 'Help.' }, { id: 'helper' });
const task = { description: 'Name the largest of 3, 17 and 8.', agentId: 'helper', idempotencyKey: 'largest' };
console.log((await orchestrator.executeTask(await orchestrator.createTask(task))).text);
await orchestrator.shutdown(); // start the program again: the answer is read from the file, no model is asked

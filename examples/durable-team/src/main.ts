import { createOrchestrator } from '@master-orchestrator/core';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import { AgentFactory } from '@master-orchestrator/factory';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { dataTemplatesPlugin } from '@master-orchestrator/templates-data';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where everything is kept; start the program again with the same folder and it goes on. */
const folder = process.argv[2] ?? '.mao';
const TASKS = 50;
mkdirSync(folder, { recursive: true });

const orchestrator = await createOrchestrator({
  config: { engine: { address: `sqlite:${join(folder, 'team.db')}`, claimMs: 1_000 }, maxConcurrentAgents: 4 },
  plugins: [sqliteEnginePlugin(), offlineModelPlugin(), analysisToolsPlugin(), dataTemplatesPlugin()],
});
let modelCalls = 0;
orchestrator.listen('progress', (event) => {
  if (event.type === 'model-call-end') modelCalls += 1;
  if (event.type === 'task-end') console.log(`${event.taskId} ${event.data.status}`);
});
const agentId = await new AgentFactory(orchestrator).createAgent('data-analyst', { tools: ['calculate_metrics'] });

// The key makes a task the same one in every start of the program.
const ids = [];
for (let n = 1; n <= TASKS; n += 1) {
  const description = `What is the mean of ${n}, ${n + 1} and ${n + 5}?`;
  ids.push(await orchestrator.createTask({ description, agentId, idempotencyKey: `mean-${n}` }));
}
let reused = 0;
for (const id of ids) if ((await orchestrator.getTask(id)).status === 'completed') reused += 1;
console.log(`${reused} of ${TASKS} results were there already`);

const settled = await orchestrator.executeTasks(ids);
for (const each of settled) {
  console.log(
    each.status === 'completed'
      ? `result ${/mean ([\d.]+)/.exec(each.result.text)?.[1]}`
      : `result ${each.status}: ${each.error.message}`,
  );
}
console.log(`${modelCalls} model calls in this start`);
await orchestrator.shutdown();

// #region line
import type { OrchestratorEvent } from '@master-orchestrator/contracts';

export function lineOf(event: OrchestratorEvent): string | undefined {
  switch (event.type) {
    case 'task-end':
      return `${event.taskId} ${event.data.status}`;
    case 'tool-call-end':
      return `${event.data.tool} ${event.data.outcome}`;
    default:
      return undefined;
  }
}
// #endregion
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { scriptedModel } from '@master-orchestrator/testing';

const orchestrator = await createTestOrchestrator({ models: [scriptedModel([{ text: 'Hello.' }])] });
orchestrator.listen('lines', (event) => {
  const line = lineOf(event);
  if (line !== undefined) console.log(line);
});
const agentId = await orchestrator.createAgent({ name: 'greeter', instructions: 'Greet.' });
await orchestrator.executeTask(await orchestrator.createTask({ description: 'Hello?', agentId }));
await orchestrator.shutdown();

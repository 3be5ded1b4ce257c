// #region wait
import { recordEvents, type EventSource } from '@master-orchestrator/testing';

export async function endOf(stream: EventSource): Promise<string> {
  using events = recordEvents(stream);
  const end = await events.waitFor('task-end');
  return end.data.status;
}
// #endregion
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { scriptedModel } from '@master-orchestrator/testing';

await using orchestrator = await createTestOrchestrator({ models: [scriptedModel([{ text: 'Hello.' }])] });
const agentId = await orchestrator.createAgent({ name: 'greeter', instructions: 'Greet.' });
const handle = orchestrator.run('Hello?', { agentId });
console.log(await endOf(handle.events$));
await handle.result;

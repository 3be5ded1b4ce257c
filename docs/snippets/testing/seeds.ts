import type { OrchestratorEvent } from '@master-orchestrator/contracts';
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { scriptedModel, seededIds, seededRandom, virtualClock } from '@master-orchestrator/testing';

async function eventsOf(seed: number): Promise<readonly OrchestratorEvent[]> {
  const events: OrchestratorEvent[] = [];
  await using orchestrator = await createTestOrchestrator({
    models: [scriptedModel([{ text: 'Hello.' }])],
    clock: virtualClock(),
    random: seededRandom(seed),
    createId: seededIds(seed),
  });
  orchestrator.listen('log', (event) => void events.push(event));
  const agentId = await orchestrator.createAgent({ name: 'greeter', instructions: 'Greet.' });
  await orchestrator.executeTask(await orchestrator.createTask({ description: 'Hello?', agentId }));
  return events;
}

const [first, second, other] = [await eventsOf(1), await eventsOf(1), await eventsOf(2)];
console.log(JSON.stringify(first) === JSON.stringify(second), JSON.stringify(first) === JSON.stringify(other));

import type { PluginV1, RecoveryStrategy } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel } from '@master-orchestrator/testing';

// Decides and does nothing itself: the run waits, tries again and tells what it did.
const onceMore: RecoveryStrategy = {
  name: 'ONCE_MORE',
  decide: ({ error, attempt }) => (error.isReplaySafe && attempt === 1 ? { action: 'retry', delayMs: 0 } : undefined),
};

const plugin: PluginV1 = {
  specificationVersion: 'v1',
  name: 'mao-plugin-once-more',
  version: '1.0.0',
  contributes: {
    recoveryStrategies: [onceMore],
    models: [scriptedModel([{ error: new OrchestratorError('PROVIDER_ERROR', 'It broke.') }, { text: 'Well again.' }])],
  },
};

await using orchestrator = await createOrchestrator({ plugins: [plugin] });
const agentId = await orchestrator.createAgent({
  name: 'patient',
  instructions: 'Answer.',
  recovery: { NETWORK_ERROR: [{ strategy: 'ONCE_MORE' }, { strategy: 'TERMINATE' }] },
});
orchestrator.listen('decisions', (event) => {
  if (event.type === 'recovery-decide') console.log(event.data.action);
});
const taskId = await orchestrator.createTask({ description: 'How are you?', agentId });
console.log((await orchestrator.executeTask(taskId)).text);

import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { OrchestratorError } from '@master-orchestrator/errors';
import { describeRecoveryPlugin, scriptedModel } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { {{camel}}RecoveryPlugin } from '../src/index.js';

await describeRecoveryPlugin({{camel}}RecoveryPlugin(), { packageJson: new URL('../package.json', import.meta.url) });

it('brings a task through two failures of the model', async () => {
  const broken = new OrchestratorError('PROVIDER_ERROR', 'The service is out of order.');
  const model = scriptedModel([{ error: broken }, { error: broken }, { text: 'Well again.' }]);
  const plugins = [{{camel}}RecoveryPlugin({ waitMs: 1 })];
  await using orchestrator = await createTestOrchestrator({ models: [model], plugins });
  const agentId = await orchestrator.createAgent({
    name: 'patient',
    instructions: 'Answer.',
    recovery: { NETWORK_ERROR: [{ strategy: '{{pascal}}' }] },
  });
  const taskId = await orchestrator.createTask({ description: 'How are you?', agentId });
  expect((await orchestrator.executeTask(taskId)).text).toBe('Well again.');
});

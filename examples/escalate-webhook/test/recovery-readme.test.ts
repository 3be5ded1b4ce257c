import { scriptedModel } from '@master-orchestrator/testing';
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { OrchestratorError } from '@master-orchestrator/errors';
import { expect, it } from 'vitest';
import { escalateWebhookPlugin } from '../src/escalate-webhook-plugin.js';
// #region start
import { createOrchestrator } from '@master-orchestrator/core';
import { RECOVERY_PRESETS, standardRecoveryPlugin } from '@master-orchestrator/recovery-standard';

const orchestrator = await createOrchestrator({
  plugins: [standardRecoveryPlugin({ retry: { baseMs: 500, maxAttempts: 4 }, escalate: { from: 'HIGH' } })],
  config: { recovery: { plans: RECOVERY_PRESETS.quick } },
});
await orchestrator.shutdown();
// #endregion

// #region agent
const supportAgent = {
  name: 'support',
  instructions: 'Answer questions of customers.',
  model: ['openai:gpt-5.6', 'openai:gpt-5.6-luna'],
  recovery: { RATE_LIMITED: [{ strategy: 'FALLBACK' }, { strategy: 'RETRY', options: { attempts: 3 } }] },
};
// #endregion

it('sends the agent of the README to its second model at once, beside a strategy of a third party', async () => {
  const limited = new OrchestratorError('RATE_LIMITED', 'busy', { isReplaySafe: true });
  const model = scriptedModel([{ error: limited }, { text: 'hello' }], {
    name: 'openai',
    models: supportAgent.model.map((name) => name.replace('openai:', '')),
  });
  await using team = await createTestOrchestrator({
    models: [model],
    plugins: [standardRecoveryPlugin(), escalateWebhookPlugin({ url: 'http://127.0.0.1:9' })],
  });
  const agentId = await team.createAgent(supportAgent);
  const taskId = await team.createTask({ description: 'Hello?', agentId });
  await expect(team.executeTask(taskId)).resolves.toMatchObject({ text: 'hello' });
  expect(model.requests.map((request) => request.model)).toEqual(['gpt-5.6', 'gpt-5.6-luna']);
});

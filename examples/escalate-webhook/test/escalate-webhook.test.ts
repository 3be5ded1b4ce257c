import { createOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { describeRecoveryPlugin, recordEvents, scriptedModel, startJsonServer } from '@master-orchestrator/testing';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { escalateWebhookPlugin, type EscalationNotice } from '../src/escalate-webhook-plugin.js';

const root = join(import.meta.dirname, '..', '..', '..');

await describeRecoveryPlugin(escalateWebhookPlugin({ url: 'http://127.0.0.1:9/' }), {
  options: { ASK_AFTER: [{ attempts: 3 }] },
  runs: 300,
});

describe('the program', () => {
  it('asks the person once and ends well', { timeout: 120_000 }, () => {
    const built = spawnSync('tsc', ['-b', 'examples/escalate-webhook'], { cwd: root, encoding: 'utf8' });
    expect(built.stdout + built.stderr).toBe('');
    const main = join(root, 'examples/escalate-webhook/dist/main.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [main], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/webhook: PROVIDER_OVERLOADED in task_/);
    expect(stdout).toContain('answer: Lisbon is the capital of Portugal.');
    expect(stdout).toContain('requests: 3 ');
    expect(status).toBe(0);
  });
});

/** An orchestrator whose model fails once, with the plugin at this address. */
async function failingOnce(url: string) {
  const error = new OrchestratorError('QUOTA_EXHAUSTED', 'The quota is used up.');
  const model = scriptedModel([{ error }, { text: 'paid' }]);
  const models = {
    specificationVersion: 'v1',
    name: 'models',
    version: '1.0.0',
    contributes: { models: [model] },
  } as const;
  const orchestrator = await createOrchestrator({
    plugins: [models, escalateWebhookPlugin({ url, timeoutMs: 2_000 })],
    canAskPeople: true,
  });
  const recovery = { QUOTA_EXHAUSTED: [{ strategy: 'ASK_AFTER' }] };
  const agentId = await orchestrator.createAgent({ name: 'worker', instructions: 'Work.', recovery });
  return { orchestrator, taskId: await orchestrator.createTask({ description: 'x', agentId }) };
}

it('posts what a person needs, and nothing twice', async () => {
  await using webhook = await startJsonServer(() => [204, undefined]);
  const { orchestrator, taskId } = await failingOnce(webhook.url);
  using recording = recordEvents(orchestrator);
  const result = orchestrator.executeTask(taskId);
  const asked = await recording.waitFor('escalation-request');
  await recording.waitFor('task-park');
  await expect.poll(async () => (await orchestrator.getTask(taskId)).status).toBe('waiting');
  await orchestrator.answerEscalation(asked.data.escalationId, { action: 'retry', by: 'ada' });
  await expect(result).resolves.toMatchObject({ text: 'paid' });
  await orchestrator.shutdown();
  const notices = webhook.requests.map(({ body }) => body as EscalationNotice);
  expect(notices).toEqual([
    { escalationId: asked.data.escalationId, taskId, code: 'QUOTA_EXHAUSTED', question: asked.data.question },
  ]);
});

it('goes on where the webhook is down: the person finds the question in the list', async () => {
  await using webhook = await startJsonServer(() => [500, { error: 'out of order' }]);
  const { orchestrator, taskId } = await failingOnce(webhook.url);
  using recording = recordEvents(orchestrator);
  const result = orchestrator.executeTask(taskId);
  const failed = await recording.waitFor('listener-fail');
  expect(failed.data).toMatchObject({ listener: '@master-orchestrator/example-escalate-webhook/webhook' });
  const [open] = await orchestrator.listEscalations();
  await orchestrator.answerEscalation(open?.id ?? '', { action: 'result', by: 'ada', result: 'by hand' });
  await expect(result).resolves.toMatchObject({ text: 'by hand' });
  await orchestrator.shutdown();
});

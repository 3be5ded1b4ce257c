import { createOrchestrator } from '@master-orchestrator/core';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';
import { startJsonServer, startOpenAIServer } from '@master-orchestrator/testing';
import { escalateWebhookPlugin, type EscalationNotice } from './escalate-webhook-plugin.js';

// A model service on this machine that is out of order to begin with. No key, no network.
await using service = await startOpenAIServer({ script: () => ({ text: 'Lisbon is the capital of Portugal.' }) });
service.outage(true);

// The person at the other end of the webhook: mends the service, then says what to do.
await using webhook = await startJsonServer(({ body }) => {
  const notice = body as EscalationNotice;
  console.log(`webhook: ${notice.code} in ${notice.taskId ?? 'no task'}`);
  console.log(`webhook: ${notice.question}`);
  setImmediate(() => void answer(notice.escalationId));
  return [202, { isAccepted: true }];
});

const orchestrator = await createOrchestrator({
  plugins: [
    openaiModelPlugin({ apiKey: 'sk-none-needed-here', baseUrl: service.url }),
    escalateWebhookPlugin({ url: webhook.url }),
  ],
  canAskPeople: true,
});

async function answer(escalationId: string): Promise<void> {
  service.outage(false);
  console.log('person: the service is mended, try again');
  await orchestrator.answerEscalation(escalationId, { action: 'retry', by: 'ada', note: 'service restarted' });
}

const agentId = await orchestrator.createAgent({
  name: 'guide',
  instructions: 'Answer in one sentence.',
  recovery: { PROVIDER_OVERLOADED: [{ strategy: 'ASK_AFTER', options: { attempts: 2 } }] },
});
const taskId = await orchestrator.createTask({ description: 'What is the capital of Portugal?', agentId });
const result = await orchestrator.executeTask(taskId);
console.log(`answer: ${result.text}`);
console.log(`requests: ${service.requests.length} (2 failed, then a person was asked, then 1 went well)`);
await orchestrator.shutdown();

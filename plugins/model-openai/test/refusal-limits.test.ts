import { startOpenAIServer } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { createOpenAIProvider } from '../src/index.js';
import { noSignal, rejectionOf, requestOf } from './support/requests.js';

it('tells with a refusal which limits the service announced, so that the host can pause', async () => {
  await using server = await startOpenAIServer({
    script: () => ({ text: 'ok' }),
    rateLimit: { requestsPerMinute: 60, burst: 1, now: () => 0 },
  });
  const provider = createOpenAIProvider({ apiKey: 'sk-test-key-0123456789', baseUrl: server.url });
  await provider.respond(requestOf(), noSignal());
  const error = await rejectionOf(provider.respond(requestOf(), noSignal()));
  await provider.dispose?.();
  expect(error).toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterMs: 1_000,
    details: { limits: { requestLimit: 60, requestsRemaining: 0, requestsResetMs: 1_000 } },
  });
});

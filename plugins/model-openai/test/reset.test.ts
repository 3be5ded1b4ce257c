import { startOpenAIServer } from '@master-orchestrator/testing';
import { OrchestratorError } from '@master-orchestrator/errors';
import { expect, it } from 'vitest';
import { createOpenAIProvider } from '../src/index.js';

const request = {
  model: 'm',
  items: [{ type: 'message', role: 'user', content: 'hi' }],
  tools: [],
  settings: {},
} as const;
const { signal } = new AbortController();

it('leaves its connections at a reset, and opens a new one for the next call', async () => {
  await using service = await startOpenAIServer({ script: () => ({ text: 'hello' }) });
  const provider = createOpenAIProvider({ apiKey: 'sk-loopback-0123456789', baseUrl: service.url });
  await provider.reset?.(); // before the first call there is nothing to leave
  await provider.respond(request, { signal });
  await provider.respond(request, { signal });
  expect(service.openSockets).toBe(1);
  await provider.reset?.();
  while (service.openSockets > 0) await new Promise((resolve) => setImmediate(resolve));
  const running = provider.respond(request, { signal });
  await provider.reset?.();
  await expect(running).resolves.toMatchObject({ finish: 'stop' }); // a call under way is not disturbed
  while (service.openSockets > 0) await new Promise((resolve) => setImmediate(resolve));
  await expect(provider.respond(request, { signal })).resolves.toMatchObject({ finish: 'stop' });
  await provider.dispose?.();
});

it('asks the rows of plugins when it names a failure', async () => {
  await using service = await startOpenAIServer({
    script: () => ({ text: 'x', fault: { kind: 'status', status: 418, error: { message: 'teapot' } } }),
  });
  const provider = createOpenAIProvider({ apiKey: 'sk-loopback-0123456789', baseUrl: service.url });
  const errorRules = [
    {
      name: 'teapot',
      matches: ({ status }: { status?: number }) => status === 418,
      code: 'TEAPOT',
      category: 'NETWORK_ERROR',
    },
  ] as const;
  const failure: unknown = await provider.respond(request, { signal, errorRules }).catch((error: unknown) => error);
  expect(OrchestratorError.isInstance(failure)).toBe(true);
  expect(failure).toMatchObject({ code: 'TEAPOT', category: 'NETWORK_ERROR' });
  await provider.dispose?.();
});

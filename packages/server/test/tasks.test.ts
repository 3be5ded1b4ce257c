import { expect, it } from 'vitest';
import { startServer, type TestServer } from './support/start-server.js';

async function withAgent(): Promise<TestServer> {
  const test = await startServer();
  await test.call('POST', '/api/v1/agents', { body: { id: 'echo', name: 'Echo', instructions: 'Repeat.' } });
  return test;
}

it('creates a task, executes it and answers with its result', async () => {
  await using test = await withAgent();
  const created = await test.call('POST', '/api/v1/tasks', { body: { description: 'hello', agentId: 'echo' } });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({ status: 'pending', agentId: 'echo' });
  const { id } = created.body as { id: string };
  const ended = await test.call('POST', `/api/v1/tasks/${id}/execute`);
  expect(ended.status).toBe(200);
  expect(ended.body).toMatchObject({ id, status: 'completed', result: { text: 'You said: hello' } });
});

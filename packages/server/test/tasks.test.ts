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

it('runs a task again from a step, and leaves nothing behind where there is no such step', async () => {
  await using test = await withAgent();
  const id = await test.orchestrator.createTask({ description: 'hello', agentId: 'echo' });
  await test.orchestrator.executeTask(id);
  const fork = (fromStep: string): ReturnType<TestServer['call']> =>
    test.call('POST', `/api/v1/tasks/${id}/fork`, { body: { fromStep } });
  const refused = await fork('nothing');
  expect(refused.status).toBe(404);
  expect(await test.orchestrator.listTasks()).toHaveLength(1);
  const forked = await fork('t1/model');
  expect(forked.status).toBe(202);
  const { id: again } = forked.body as { id: string };
  const ended = await test.call('POST', `/api/v1/tasks/${again}/execute`);
  expect(ended.body).toMatchObject({ status: 'completed', retryOf: id });
});

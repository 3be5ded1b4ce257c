import { defineTool, type AgentDefinition, type ModelRequest } from '@master-orchestrator/contracts';
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import { scriptedModel } from '@master-orchestrator/testing';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { newFile, startOn, waitFor } from './support/start-on-file.js';
import { startServer, type TestServer } from './support/start-server.js';

const NEEDLE = 'ada-lovelace-1815';
const USER = { userId: NEEDLE, tenant: { id: 't1' } };
const userContextSchema = z.object({ userId: z.string(), tenant: z.object({ id: z.string() }).optional() });

const hasResult = ({ items }: ModelRequest): boolean => items.some(({ type }) => type === 'tool-result');
const watchOnce = (request: ModelRequest) =>
  hasResult(request) ? { text: 'done' } : { toolCalls: [{ name: 'watch', arguments: {} }] };

/** A tool that keeps what it was given, and says nothing of it. */
function watcher(seen: unknown[]) {
  return defineTool({
    name: 'watch',
    description: 'Looks at its user context.',
    inputSchema: z.object({}),
    accessLevel: 'public',
    effect: 'idempotent',
    execute: async (_input, { userContext }) => {
      seen.push({ userContext, isFrozen: Object.isFrozen(userContext) });
      return 'seen';
    },
  });
}

async function serverThatWatches(seen: unknown[], agent: Partial<AgentDefinition<unknown>> = {}): Promise<TestServer> {
  const test = await startServer({ answer: watchOnce, orchestrator: { tools: [watcher(seen)] } });
  onTestFinished(() => test[Symbol.asyncDispose]());
  await test.orchestrator.createAgent({ name: 'w', instructions: 'Work.', tools: ['watch'], ...agent }, { id: 'w' });
  return test;
}

it('is taken with tasks, runs and schedules, and is in no answer', async () => {
  const seen: unknown[] = [];
  const test = await serverThatWatches(seen, { userContextSchema });
  const body = { description: 'x', agentId: 'w', userContext: USER };
  const made = await test.call('POST', '/api/v1/tasks', { body });
  expect(made.status).toBe(201);
  const { id } = made.body as { readonly id: string };
  const answers = [
    made,
    await test.call('POST', `/api/v1/tasks/${id}/execute`, { body: {} }),
    await test.call('POST', '/api/v1/runs', { body }),
    await test.call('POST', '/api/v1/schedules', { body: { id: 's', cron: '* * * * * *', task: body } }),
    await test.call('GET', '/api/v1/schedules'),
    await test.call('GET', '/api/v1/schedules/s'),
  ];
  await waitFor(async () => (seen.length >= 3 ? true : undefined));
  await test.call('DELETE', '/api/v1/schedules/s');
  for (const path of [`tasks/${id}`, 'tasks', `tasks/${id}/steps`])
    answers.push(await test.call('GET', `/api/v1/${path}`));
  for (const { status, text } of answers) {
    expect(status).toBeLessThan(300);
    expect(text).not.toContain(NEEDLE);
  }
  expect(seen.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => ({ userContext: USER, isFrozen: true })));
});

it('is refused where it does not fit, is no object or holds a secret', async () => {
  const test = await serverThatWatches([], { userContextSchema });
  const answerTo = async (userContext: unknown) => {
    const { status, text } = await test.call('POST', '/api/v1/tasks', {
      body: { description: 'x', agentId: 'w', userContext },
    });
    return [status, text];
  };
  expect(await answerTo({ userId: 7 })).toEqual([422, expect.stringContaining('userContext.userId')]);
  expect(await answerTo(undefined)).toEqual([422, expect.stringContaining('USER_CONTEXT_INVALID')]);
  expect(await answerTo('u1')).toEqual([400, expect.stringContaining('userContext')]);
  expect(await answerTo({ userId: 'sk-proj-aaaabbbbccccdddd1111' })).toEqual([422, expect.stringContaining('secret')]);
});

it('is declared by agents that are made over HTTP, too', async () => {
  const test = await serverThatWatches([]);
  const make = (schema: object) =>
    test.call('POST', '/api/v1/agents', {
      body: { id: 'h', name: 'h', instructions: 'x', tools: ['watch'], userContextSchema: schema },
    });
  expect((await make({ type: 'no such type' })).text).toContain('The user context schema is not a JSON Schema');
  const made = await make({ type: 'object', properties: { userId: { type: 'string' } }, required: ['userId'] });
  expect(made.status).toBe(201);
  const { id } = made.body as { readonly id: string };
  const task = (userContext: object) =>
    test.call('POST', '/api/v1/tasks', { body: { description: 'x', agentId: id, userContext } });
  expect((await task({ userId: 7 })).status).toBe(422);
  expect((await task({ userId: 'u1' })).status).toBe(201);
});

it('belongs to what an idempotency key stands for', async () => {
  const test = await serverThatWatches([]);
  const make = (userContext: object) =>
    test.call('POST', '/api/v1/tasks', {
      body: { description: 'x', agentId: 'w', userContext },
      headers: { 'idempotency-key': 'one' },
    });
  const [first, again, other] = [await make({ n: 1 }), await make({ n: 1 }), await make({ n: 2 })];
  expect([first.status, again.status, other.status]).toEqual([201, 201, 400]);
  expect(again.body).toEqual(first.body);
});

it('outlives a restart: a task that is made by one start is done by the next, its children included', async () => {
  const file = newFile();
  const seen: unknown[] = [];
  const steps = (request: ModelRequest) =>
    request.instructions === 'Lead.' && !hasResult(request)
      ? { toolCalls: [{ name: 'delegate_to_worker', arguments: { task: 'x' } }] }
      : request.instructions === 'Lead.'
        ? { text: 'done' }
        : watchOnce(request);
  const options = { tools: [watcher(seen)], agent: { tools: ['watch'], userContextSchema } };
  const lead = { name: 'lead', instructions: 'Lead.', delegates: ['worker'] };
  const first = await startOn(file, steps, options);
  await first.orchestrator.createAgent(lead, { id: 'lead' });
  const tasks = [
    await first.orchestrator.createTask({ description: 'x', agentId: 'worker', userContext: USER }),
    await first.orchestrator.createTask({ description: 'x', agentId: 'lead', userContext: USER }),
  ];
  await first.stop();

  const second = await startOn(file, steps, options);
  await second.orchestrator.createAgent(lead, { id: 'lead' });
  for (const id of tasks) await second.orchestrator.executeTask(id);
  expect(seen).toEqual(Array.from({ length: 2 }, () => ({ userContext: USER, isFrozen: true })));
  expect(JSON.stringify([second.model.requests, await second.orchestrator.getTask(tasks.at(0) ?? '')])).not.toContain(
    NEEDLE,
  );
});

it('is read by the stored schema where another process has but the data of the agent', async () => {
  const file = newFile();
  const schema = userContextSchema.extend({ locale: z.string().default('en') });
  const first = await startOn(file, [], { agent: { userContextSchema: schema } });
  const id = await first.orchestrator.createTask({
    description: 'x',
    agentId: 'worker',
    userContext: { userId: NEEDLE },
  });
  await first.stop();

  const seen: unknown[] = [];
  await using other = await createTestOrchestrator({
    models: [scriptedModel(watchOnce)],
    tools: [watcher(seen)],
    plugins: [sqliteEnginePlugin()],
    config: { engine: { address: `sqlite:${file}` } },
  });
  await other.start();
  const result = await other.executeTask(id).catch((error: unknown) => error);
  expect(result).toMatchObject({ status: 'completed' });
  expect(seen).toEqual([{ userContext: { userId: NEEDLE, locale: 'en' }, isFrozen: true }]);
  await expect(other.createTask({ description: 'x', agentId: 'worker', userContext: {} })).rejects.toMatchObject({
    code: 'USER_CONTEXT_INVALID',
  });
});

it('has a schema that makes no new revision of an agent that is made again from what is stored', async () => {
  const file = newFile();
  const schema = userContextSchema.extend({ locale: z.string().default('en') });
  const first = await startOn(file, [], { agent: { userContextSchema: schema } });
  await first.stop();
  const stored = z.fromJSONSchema(z.toJSONSchema(schema, { io: 'input' }));
  const second = await startOn(file, [], { agent: { userContextSchema: stored } });
  expect(await second.orchestrator.getAgent('worker')).toMatchObject({ revision: 1 });
  await second.stop();
  const third = await startOn(file, [], { agent: { userContextSchema } });
  expect(await third.orchestrator.getAgent('worker')).toMatchObject({ revision: 2 });
});

it('is stored with its task, and with nothing else', async () => {
  const file = newFile();
  const start = await startOn(file, watchOnce, { tools: [watcher([])], agent: { tools: ['watch'] } });
  const { orchestrator } = start;
  const id = await orchestrator.createTask({ description: 'x', agentId: 'worker', userContext: USER });
  await orchestrator.executeTask(id);
  await start.stop();
  const rows = rowsOf(file);
  expect(rows.some((row) => row.includes('t1/c0') && row.includes('seen'))).toBe(true); // the journal is among them
  expect(rows.filter((row) => row.includes(NEEDLE))).toEqual([expect.stringContaining(`"${id}"`)]);
});

/** Every row of every table, as text. */
function rowsOf(file: string): string[] {
  using database = new DatabaseSync(file, { readOnly: true });
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  return tables.flatMap(({ name }) =>
    database
      .prepare(`SELECT * FROM "${String(name)}"`)
      .all()
      .map((row) => JSON.stringify(row, (_key, value: unknown) => textOf(value))),
  );
}

function textOf(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value;
}

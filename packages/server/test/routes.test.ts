import { defineTool, type PluginV1 } from '@master-orchestrator/contracts';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import { OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel, virtualClock, type ModelStepFunction } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { TemplateSource } from '@master-orchestrator/server';
import { newFile } from './support/start-on-file.js';
import { ADMIN_KEY, startServer, withAuth, type TestServer, type TestServerOptions } from './support/start-server.js';
import { whileTimeGoesOn } from './support/while-time-goes-on.js';

/** A request of the admin that must have this status; gives the body. */
async function ask<Body = Record<string, unknown>>(
  test: TestServer,
  [method, path, body]: readonly [string, string, unknown?],
  status = 200,
): Promise<Body> {
  const answer = await test.call(method, path, { key: ADMIN_KEY, body });
  expect([method, path, answer.status, answer.text.slice(0, 300)]).toMatchObject([
    method,
    path,
    status,
    expect.any(String),
  ]);
  return answer.body;
}

interface Items {
  readonly items: readonly Record<string, unknown>[];
}

async function withAgent(options: TestServerOptions = {}): Promise<TestServer> {
  const test = await startServer({ config: withAuth, ...options });
  await ask(test, ['POST', '/api/v1/agents', { id: 'echo', name: 'Echo', instructions: 'Repeat.', role: 'r' }], 201);
  return test;
}

const wipe = defineTool({
  name: 'wipe',
  description: 'Wipes a disk.',
  inputSchema: z.object({ disk: z.string() }),
  accessLevel: 'privileged',
  effect: 'idempotent',
  execute: async ({ disk }) => `wiped ${disk}`,
});

it('makes, changes, pauses, counts and removes agents', async () => {
  await using test = await withAgent();
  expect(await ask<Items>(test, ['GET', '/api/v1/agents?role=r'])).toMatchObject({
    items: [{ id: 'echo', role: 'r' }],
  });
  expect((await ask<Items>(test, ['GET', '/api/v1/agents?role=other'])).items).toEqual([]);
  const changed = await ask(test, ['PATCH', '/api/v1/agents/echo', { description: 'Says it again.' }]);
  expect(changed).toMatchObject({ description: 'Says it again.', revision: 2 });
  expect(await ask(test, ['POST', '/api/v1/agents/echo/pause'])).toMatchObject({ status: 'paused' });
  expect(await ask(test, ['POST', '/api/v1/agents/echo/resume'])).toMatchObject({ status: 'idle' });
  await ask(test, ['POST', '/api/v1/runs', { description: 'hello', agentId: 'echo' }], 202);
  expect(await ask(test, ['GET', '/api/v1/agents/echo/statistics'])).toMatchObject({ agentId: 'echo' });
  await ask(test, ['GET', '/api/v1/agents/echo/tools']);
  await ask(test, ['POST', '/api/v1/agents', { id: 'echo', name: 'Echo', instructions: 'x' }], 409);
  await ask(test, ['DELETE', '/api/v1/agents/echo'], 204);
  await ask(test, ['GET', '/api/v1/agents/echo'], 404);
});

it('makes agents and teams from templates', async () => {
  const make = (test: TestServer['orchestrator']): TemplateSource => ({
    listTemplates: () => [
      { name: 'helper', version: '1.0.0', description: 'Helps.', kind: 'agent', parameters: { type: 'object' } },
      { name: 'pair', version: '1.0.0', description: 'Two.', kind: 'team', parameters: { type: 'object' } },
    ],
    createAgent: async (name) => test.createAgent({ name, instructions: 'Help.' }),
    createTeam: async (name) => {
      const leadId = await test.createAgent({ name, instructions: 'Lead.' });
      return { teamName: name, leadId, members: { lead: leadId } };
    },
  });
  await using test = await withAgent({ make: (orchestrator) => ({ templates: make(orchestrator) }) });
  expect((await ask<Items>(test, ['GET', '/api/v1/templates'])).items).toHaveLength(2);
  const agent = await ask(test, ['POST', '/api/v1/templates/helper/agents', { parameters: {} }], 201);
  expect(agent).toMatchObject({ name: 'helper', status: 'idle' });
  const team = await ask<{ leadId: string }>(test, ['POST', '/api/v1/templates/pair/teams'], 201);
  await ask(test, ['GET', `/api/v1/agents/${team.leadId}`]);
  await ask(test, ['POST', '/api/v1/templates/pair/agents', {}], 404);
});

it('lists tools, grants them and takes them back', async () => {
  await using test = await withAgent({ orchestrator: { tools: [wipe] } });
  expect((await ask<Items>(test, ['GET', '/api/v1/tools'])).items).toContainEqual(
    expect.objectContaining({ name: 'wipe' }),
  );
  expect(await ask(test, ['GET', '/api/v1/tools/wipe'])).toMatchObject({
    accessLevel: 'privileged',
    approval: 'always',
  });
  const grant = await ask(test, ['POST', '/api/v1/grants', { tool: 'wipe', to: { agent: 'echo' } }], 201);
  expect(grant).toMatchObject({ tool: 'wipe', by: 'admin-key' });
  const tools = await ask<Items>(test, ['GET', '/api/v1/agents/echo/tools']);
  expect(tools.items).toContainEqual(expect.objectContaining({ name: 'wipe' }));
  expect((await ask<Items>(test, ['GET', '/api/v1/grants'])).items).toHaveLength(1);
  await ask(test, ['DELETE', `/api/v1/grants/${String(grant['id'])}`], 204);
  await ask(test, ['DELETE', '/api/v1/grants/nothing'], 404);
  await ask(test, ['POST', '/api/v1/grants', { to: { agent: 'echo' } }], 400);
  await ask(test, ['GET', '/api/v1/tools/statistics']);
  await ask(test, ['GET', '/api/v1/tools/decisions?agentId=echo']);
});

const wipesOnce: ModelStepFunction = ({ items }) =>
  items.some(({ type }) => type === 'tool-result')
    ? { text: 'Done.' }
    : { toolCalls: [{ name: 'wipe', arguments: { disk: 'a' } }] };

it('shows an approval, takes the first answer and lets the run go on', async () => {
  const config = { ...withAuth, recovery: { parking: true } };
  const orchestrator = { tools: [wipe], models: [scriptedModel(wipesOnce)], config, canAskPeople: true };
  await using test = await withAgent({ config, orchestrator });
  await ask(test, ['PATCH', '/api/v1/agents/echo', { tools: ['wipe'] }]);
  const run = await ask(test, ['POST', '/api/v1/runs', { description: 'wipe it', agentId: 'echo' }], 202);
  let open: Items['items'] = [];
  while (open.length === 0) open = (await ask<Items>(test, ['GET', '/api/v1/approvals'])).items;
  expect(open).toMatchObject([{ tool: 'wipe', arguments: { disk: 'a' }, status: 'open', taskId: run['id'] }]);
  const path = `/api/v1/approvals/${String(open[0]?.['id'])}`;
  expect(await ask(test, ['GET', path])).toMatchObject({ status: 'open' });
  const answered = await ask(test, ['POST', `${path}/answer`, { decision: 'approve', by: 'somebody else' }]);
  expect(answered).toMatchObject({ status: 'approved', answer: { by: 'admin key' } });
  await ask(test, ['POST', `${path}/answer`, { decision: 'deny' }], 409);
  const ended = await ask(test, ['POST', `/api/v1/tasks/${String(run['id'])}/execute`]);
  expect(ended).toMatchObject({ status: 'completed', result: { text: 'Done.' } });
});

const fails: ModelStepFunction = () => ({ text: '', error: new OrchestratorError('ACCESS_DENIED', 'No access.') });

it('shows an escalation, and a person ends it', async () => {
  const config = { ...withAuth, recovery: { parking: true } };
  await using test = await withAgent({
    config,
    orchestrator: { models: [scriptedModel(fails)], config, canAskPeople: true },
  });
  const run = await ask(test, ['POST', '/api/v1/runs', { description: 'x', agentId: 'echo' }], 202);
  let open: Items['items'] = [];
  while (open.length === 0) open = (await ask<Items>(test, ['GET', '/api/v1/escalations'])).items;
  expect(open).toMatchObject([{ status: 'open', error: { code: 'ACCESS_DENIED' } }]);
  expect(JSON.stringify(open)).not.toContain('"cause"');
  const path = `/api/v1/escalations/${String(open[0]?.['id'])}`;
  await ask(test, ['GET', path]);
  expect(await ask(test, ['POST', `${path}/answer`, { action: 'fail', note: 'no' }])).toMatchObject({
    status: 'answered',
  });
  expect(await ask(test, ['POST', `/api/v1/tasks/${String(run['id'])}/execute`])).toMatchObject({ status: 'failed' });
});

it('shows dead letters, runs one again and puts one away', async () => {
  await using test = await withAgent({ orchestrator: { models: [scriptedModel(fails)] } });
  const failOne = async (): Promise<Record<string, unknown>> => {
    const task = await ask(test, ['POST', '/api/v1/tasks', { description: 'x', agentId: 'echo' }], 201);
    return ask(test, ['POST', `/api/v1/tasks/${String(task['id'])}/execute`]);
  };
  const first = await failOne();
  expect(first).toMatchObject({ status: 'failed', error: { code: 'ACCESS_DENIED' } });
  await ask(test, ['POST', `/api/v1/tasks/${String(first['id'])}/retry`], 202);
  const letter = `/api/v1/dead-letters/${String(first['deadLetterId'])}`;
  expect(await ask(test, ['GET', letter])).toMatchObject({ status: 'open', taskId: first['id'] });
  await ask(test, ['POST', `${letter}/replay`], 202);
  await ask(test, ['POST', `${letter}/drop`], 409);
  const second = await failOne();
  const other = `/api/v1/dead-letters/${String(second['deadLetterId'])}`;
  expect(await ask(test, ['POST', `${other}/drop`])).toMatchObject({ status: 'dropped' });
  expect((await ask<Items>(test, ['GET', '/api/v1/dead-letters?status=all&limit=1'])).items).toHaveLength(1);
});

it('makes, pauses, resumes and removes schedules', async () => {
  await using test = await withAgent();
  const body = {
    id: 'nightly',
    cron: '0 3 * * *',
    timezone: 'Europe/Lisbon',
    task: { description: 'x', agentId: 'echo' },
  };
  expect(await ask(test, ['POST', '/api/v1/schedules', body], 201)).toMatchObject({ id: 'nightly', isPaused: false });
  expect(await ask(test, ['POST', '/api/v1/schedules/nightly/pause'])).toMatchObject({ isPaused: true });
  expect(await ask(test, ['POST', '/api/v1/schedules/nightly/resume'])).toMatchObject({ isPaused: false });
  expect((await ask<Items>(test, ['GET', '/api/v1/schedules'])).items).toHaveLength(1);
  await ask(test, ['POST', '/api/v1/schedules', { ...body, cron: 'sometimes' }], 422);
  await ask(test, ['DELETE', '/api/v1/schedules/nightly'], 204);
  await ask(test, ['GET', '/api/v1/schedules/nightly'], 404);
});

it('changes bounds of budgets, and shows numbers, plugins and masked settings', async () => {
  await using test = await withAgent();
  const path = '/api/v1/budgets/orchestrator';
  expect(await ask(test, ['PUT', path, { tokens: 1_000, costUsd: 2 }])).toMatchObject({
    limits: { tokens: 1_000, costUsd: 2 },
  });
  expect(await ask(test, ['GET', path])).toMatchObject({ id: 'orchestrator', used: { tokens: 0 } });
  expect((await ask<Items>(test, ['GET', '/api/v1/budgets'])).items).toHaveLength(1);
  await ask(test, ['PUT', '/api/v1/budgets/nothing', {}], 404);
  expect(await ask(test, ['GET', '/api/v1/statistics'])).toMatchObject({ server: { requests: 1, streams: 0 } });
  expect((await ask<Items>(test, ['GET', '/api/v1/plugins'])).items.length).toBeGreaterThan(0);
  const config = await ask(test, ['GET', '/api/v1/config']);
  expect(JSON.stringify(config)).not.toContain(ADMIN_KEY);
  expect(config).toMatchObject({ settings: { server: { port: 6_260, auth: { enabled: true } } } });
});

it('cancels a task, and retries what was cancelled', async () => {
  await using test = await withAgent({ answer: () => ({ text: '', hang: true }) });
  const run = await ask(test, ['POST', '/api/v1/runs', { description: 'x', agentId: 'echo' }], 202);
  const path = `/api/v1/tasks/${String(run['id'])}`;
  await ask(test, ['POST', `${path}/execute`, { waitMs: 1 }], 202);
  expect(await ask(test, ['POST', `${path}/cancel`, { reason: 'enough' }])).toMatchObject({ id: run['id'] });
  expect(await ask(test, ['POST', `${path}/execute`])).toMatchObject({ status: 'cancelled' });
  expect(await ask(test, ['POST', `${path}/retry`], 202)).toMatchObject({ retryOf: run['id'] });
  expect((await ask<Items>(test, ['GET', '/api/v1/tasks?status=cancelled'])).items).toHaveLength(1);
  expect(await ask<Items>(test, ['GET', `${path}/steps`])).toMatchObject({ items: expect.any(Array) as unknown });
});

it('tells store, models, queue and breakers in its health, and is not ready once no model can be reached', async () => {
  let isUp = true;
  const model = pinged(() => isUp);
  await using test = await withAgent({ healthMs: 0, orchestrator: { models: [model] } });
  const { parts } = await ask<{ parts: readonly { name: string }[] }>(test, ['GET', '/health']);
  expect(parts.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['store', 'breakers', 'queue', 'models', 'model:pinged']),
  );
  expect((await test.call('GET', '/readyz')).status).toBe(200);
  isUp = false;
  const down = await test.call('GET', '/readyz');
  expect([down.status, down.headers.get('retry-after'), down.text]).toEqual([503, '1', '{"status":"down"}']);
  expect((await test.call('GET', '/livez')).status).toBe(200);
});

it('is not ready while the disk of a durable store is nearly full, says why, and is ready again after', async () => {
  let freeBytes = 10 * 1_073_741_824;
  const asked: string[] = [];
  const config = { ...withAuth, engine: { address: `sqlite:${newFile()}`, dataDirectory: '/somewhere' } };
  await using test = await startServer({
    config,
    healthMs: 0,
    freeBytes: async (folder) => {
      asked.push(folder);
      if (freeBytes < 0) throw new OrchestratorError('DISK_FULL', 'The disk does not answer.');
      return freeBytes;
    },
    orchestrator: { plugins: [sqliteEnginePlugin()], config },
  });
  const disk = async (status: number): Promise<unknown> => {
    const { parts } = await ask<{ parts: readonly { name: string }[] }>(test, ['GET', '/health'], status);
    return parts.find(({ name }) => name === 'disk');
  };
  expect(await disk(200)).toMatchObject({ status: 'ok', details: { freeBytes } });
  freeBytes = 64 * 1_048_576 - 1;
  const refused = await test.call('GET', '/readyz');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await disk(503)).toMatchObject({
    status: 'down',
    isCritical: true,
    message: '67108863 bytes are free, at least 67108864 are needed',
  });
  freeBytes = -1;
  expect(await disk(503)).toMatchObject({ status: 'down', message: 'The disk does not answer.' });
  freeBytes = 64 * 1_048_576;
  expect((await test.call('GET', '/readyz')).status).toBe(200);
  expect(new Set(asked)).toEqual(new Set(['/somewhere']));
});

it('answers probes with the report before while a part is slow to say how it is', async () => {
  const clock = virtualClock();
  let isSlow = false;
  const never = new Promise<never>(() => {});
  const slow: PluginV1 = {
    specificationVersion: 'v1',
    name: '@test/slow',
    version: '1.0.0',
    contributes: { healthChecks: [{ name: 'part', check: async () => (isSlow ? never : { status: 'ok' }) }] },
  };
  await using test = await startServer({ clock, orchestrator: { plugins: [slow], clock } });
  expect((await test.call('GET', '/readyz')).status).toBe(200);
  isSlow = true;
  await clock.advanceAsync(1_000);
  const { body } = await whileTimeGoesOn(clock, test.call('GET', '/health'));
  expect(body).toMatchObject({ status: 'ok' });
  await clock.advanceAsync(2_000);
  expect((await test.call('GET', '/health')).text).toContain('no answer within 2000 ms');
});

function pinged(isUp: () => boolean): ReturnType<typeof scriptedModel> {
  const model = scriptedModel(() => ({ text: 'Done.' }), { name: 'pinged' });
  return Object.assign(model, {
    ping: async () => {
      if (!isUp()) throw new OrchestratorError('CONNECTION_FAILED', 'Nobody answers.');
    },
  });
}

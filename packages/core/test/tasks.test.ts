import { TASK_STATUSES, type TaskStatus } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TASK_TABLE, type TaskMove } from '../src/index.js';
import { isFinalStatus, nextStatus } from '../src/tasks/task-states.js';
import { scene } from './run/helpers.js';

const FATAL = new OrchestratorError('REQUEST_INVALID', 'no');

it('moves a task only along its table, and never out of a final state', () => {
  const moves: TaskMove[] = [
    'enqueue',
    'start',
    'park',
    'wake',
    'pause',
    'requeue',
    'complete',
    'fail',
    'cancel',
    'skip',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...moves), { maxLength: 40 }), (sequence) => {
      let status: TaskStatus = 'pending';
      for (const move of sequence) {
        const allowed: TaskStatus | undefined = TASK_TABLE[status][move];
        if (allowed === undefined) expect(() => nextStatus(status, move, 't')).toThrow(/not possible/);
        else {
          expect(isFinalStatus(status)).toBe(false);
          status = nextStatus(status, move, 't');
        }
      }
      expect(TASK_STATUSES).toContain(status);
    }),
  );
});

it('stores a task without starting it', async () => {
  await using stage = await scene([]);
  const id = await stage.orchestrator.createTask({ description: 'later', agentId: stage.agentId });
  expect((await stage.orchestrator.getTask(id)).status).toBe('pending');
  expect(stage.types()).not.toContain('task-queue');
});

it('gives the same result to everyone who executes a task, and runs it once', async () => {
  await using stage = await scene([{ text: 'once' }]);
  const id = await stage.orchestrator.createTask({ description: 'x', agentId: stage.agentId });
  const [a, b] = await Promise.all([stage.orchestrator.executeTask(id), stage.orchestrator.executeTask(id)]);
  const c = await stage.orchestrator.executeTask(id);
  expect([a, b, c].map(({ text }) => text)).toEqual(['once', 'once', 'once']);
  expect(stage.model.requests).toHaveLength(1);
});

it('gives the same task for the same idempotency key', async () => {
  await using stage = await scene([{ text: 'once' }]);
  const make = () =>
    stage.orchestrator.createTask({ description: 'x', agentId: stage.agentId, idempotencyKey: 'order-7' });
  expect(await make()).toBe(await make());
});

it('settles every task of several, in order, whatever becomes of each', async () => {
  await using stage = await scene((request) =>
    JSON.stringify(request.items).includes('bad') ? { error: FATAL } : { text: 'fine' },
  );
  const ids = await Promise.all(
    ['good', 'bad', 'good'].map((description) =>
      stage.orchestrator.createTask({ description, agentId: stage.agentId }),
    ),
  );
  const settled = await stage.orchestrator.executeTasks(ids);
  expect(settled.map(({ status }) => status)).toEqual(['completed', 'failed', 'completed']);
  expect(settled.map(({ taskId }) => taskId)).toEqual(ids);
});

it('starts a task after those it depends on, which it queues itself', async () => {
  await using stage = await scene((request) => ({
    text: JSON.stringify(request.items[0]).includes('first') ? 'one' : 'two',
  }));
  const first = await stage.orchestrator.createTask({ description: 'first', agentId: stage.agentId });
  const second = await stage.orchestrator.createTask({
    description: 'second',
    agentId: stage.agentId,
    dependsOn: [first],
  });
  await stage.orchestrator.executeTask(second);
  const starts = stage.events.flatMap((event) => (event.type === 'task-start' ? [event.taskId] : []));
  expect(starts).toEqual([first, second]);
});

it('fails, skips or continues after a failed dependency, as declared', async () => {
  await using stage = await scene((request) =>
    JSON.stringify(request.items).includes('bad') ? { error: FATAL } : { text: 'ran' },
  );
  const { orchestrator, agentId } = stage;
  const bad = await orchestrator.createTask({ description: 'bad', agentId });
  const after = (onFailure: 'fail' | 'skip' | 'continue') =>
    orchestrator.createTask({ description: 'next', agentId, dependsOn: [{ task: bad, onFailure }] });
  const ids = [await after('fail'), await after('skip'), await after('continue')];
  const settled = await orchestrator.executeTasks(ids);
  expect(settled.map(({ status }) => status)).toEqual(['failed', 'skipped', 'completed']);
  expect(settled[0]).toMatchObject({ error: { code: 'TASK_DEPENDENCY_FAILED' } });
});

it('starts urgent tasks first', async () => {
  await using stage = await scene(() => ({ text: 'ok' }), {}, { config: { maxConcurrentAgents: 1 } });
  const { orchestrator, agentId } = stage;
  await orchestrator.pauseAgent(agentId);
  const ids = await Promise.all(
    [1, 9, 5].map((priority) => orchestrator.createTask({ description: `${priority}`, agentId, priority })),
  );
  const settled = orchestrator.executeTasks(ids);
  await orchestrator.resumeAgent(agentId);
  await settled;
  const starts = stage.events.flatMap((event) =>
    event.type === 'task-start' ? [ids.indexOf(event.taskId ?? '')] : [],
  );
  expect(starts).toEqual([1, 2, 0]);
});

it('makes a new task of a failed one on retry, and refuses to retry a completed one', async () => {
  await using stage = await scene([{ error: FATAL }, { text: 'second try' }]);
  const id = await stage.orchestrator.createTask({ description: 'x', agentId: stage.agentId });
  await expect(stage.orchestrator.executeTask(id)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  const again = await stage.orchestrator.retryTask(id);
  await expect(stage.orchestrator.executeTask(again)).resolves.toMatchObject({ text: 'second try' });
  expect(await stage.orchestrator.getTask(again)).toMatchObject({ retryOf: id });
  await expect(stage.orchestrator.retryTask(again)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
});

it.each([
  ['an unknown agent', { description: 'x', agentId: 'agent_workr' }, 'AGENT_UNKNOWN', /Did you mean "agent_worker"/],
  ['no description', { agentId: 'agent_worker' }, 'TASK_INVALID', /say what is to be done/],
  ['a priority out of range', { description: 'x', agentId: 'agent_worker', priority: 12 }, 'TASK_INVALID', /priority/],
  ['an unknown option', { description: 'x', agentId: 'agent_worker', urgency: 1 }, 'TASK_INVALID', /urgency/],
  [
    'an unknown dependency',
    { description: 'x', agentId: 'agent_worker', dependsOn: ['task_nope'] },
    'TASK_UNKNOWN',
    /task_nope/,
  ],
])('refuses a task with %s', async (_what, options, code, message) => {
  await using stage = await scene([]);
  const made = stage.orchestrator.createTask(options);
  await expect(made).rejects.toMatchObject({
    code,
    category: 'VALIDATION_ERROR',
    message: expect.stringMatching(message),
  });
});

it('refuses agents that name unknown tools, delegates or models, and leaves none behind', async () => {
  await using stage = await scene([]);
  const { orchestrator } = stage;
  const make = (change: object) => orchestrator.createAgent({ name: 'new', instructions: 'x', ...change });
  await expect(make({ tools: ['ad'] })).rejects.toMatchObject({
    code: 'TOOL_UNKNOWN',
    message: expect.stringContaining('"add"'),
  });
  await expect(make({ delegates: ['nobody'] })).rejects.toMatchObject({ code: 'AGENT_UNKNOWN' });
  await expect(make({ surprise: true })).rejects.toMatchObject({
    code: 'AGENT_INVALID',
    message: expect.stringContaining('surprise'),
  });
  expect(await orchestrator.listAgents()).toHaveLength(1);
});

it('lets running tasks keep the revision of the agent they began with', async () => {
  await using stage = await scene((request) => ({
    text: request.instructions ?? '',
    delayMs: request.instructions === 'Work.' ? 20 : 0,
  }));
  const { orchestrator, agentId } = stage;
  const first = stage.run();
  while (stage.model.running === 0) await new Promise((resolve) => setImmediate(resolve));
  const updated = await orchestrator.updateAgent(agentId, { instructions: 'Work better.' });
  expect(updated.revision).toBe(2);
  expect((await first).text).toBe('Work.');
  expect((await stage.run()).text).toBe('Work better.');
});

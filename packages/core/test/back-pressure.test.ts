import type { ModelStepFunction } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { scene, type Scene } from './run/helpers.js';

/** A queue of one task, and a model that answers when it is let go. */
async function stage(whenFull: 'refuse' | 'queue' | 'run-inline') {
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const made = await scene(
    async (request) => {
      if (JSON.stringify(request.items).includes('slow')) await held;
      return { text: 'done' };
    },
    {},
    { config: { maxConcurrentAgents: 1, engine: { maxQueued: 1, whenFull } } },
  );
  const close = async (): Promise<void> => {
    const closed = made.orchestrator.shutdown({ drainMs: 0 });
    letGo();
    await closed;
  };
  return { ...made, letGo, close, [Symbol.asyncDispose]: close };
}

async function slowOne({ orchestrator, agentId }: Scene) {
  const id = await orchestrator.createTask({ description: 'slow', agentId });
  await orchestrator.enqueueTask(id);
  return id;
}

it('refuses a task that finds the queue full, which can be queued later', async () => {
  await using world = await stage('refuse');
  const slow = await slowOne(world);
  const id = await world.orchestrator.createTask({ description: 'next', agentId: world.agentId });
  await expect(world.orchestrator.executeTask(id)).rejects.toMatchObject({
    code: 'QUEUE_FULL',
    category: 'RESOURCE_ERROR',
    isRetryable: true,
  });
  expect((await world.orchestrator.getTask(id)).status).toBe('pending');
  world.letGo();
  await world.orchestrator.executeTask(slow);
  expect((await world.orchestrator.executeTask(id)).text).toBe('done');
});

it('counts and tells of a task as queued only once the queue has it', async () => {
  await using world = await stage('refuse');
  const { orchestrator } = world;
  const slow = await slowOne(world);
  const id = await orchestrator.createTask({ description: 'next', agentId: world.agentId });
  for (let times = 0; times < 3; times += 1)
    await expect(orchestrator.enqueueTask(id)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  const { queued, running } = orchestrator.workload();
  expect(queued + running).toBe(1);
  expect(world.events.filter(({ taskId }) => taskId === id)).toEqual([]);
  world.letGo();
  await orchestrator.executeTask(slow);
  await orchestrator.executeTask(id);
  const told = world.events.filter(({ taskId }) => taskId === id).map(({ type, seq }) => [seq, type]);
  expect(told.slice(0, 2)).toEqual([
    [1, 'task-queue'],
    [2, 'task-start'],
  ]);
  expect(orchestrator.statistics().tasks).toMatchObject({ queued: 0, running: 0, completed: 2 });
  expect(orchestrator.workload()).toEqual({ queued: 0, running: 0 });
});

it('leaves nothing of a task that is discarded before it was queued, and discards no other', async () => {
  await using world = await stage('refuse');
  const { orchestrator, agentId } = world;
  const slow = await slowOne(world);
  const id = await orchestrator.createTask({ description: 'next', agentId });
  expect(await orchestrator.discardTask(id)).toBe(true);
  await expect(orchestrator.getTask(id)).rejects.toMatchObject({ code: 'TASK_UNKNOWN' });
  await expect(orchestrator.discardTask(id)).rejects.toMatchObject({ code: 'TASK_UNKNOWN' });
  expect(await orchestrator.discardTask(slow)).toBe(false);
  world.letGo();
  expect((await orchestrator.executeTask(slow)).text).toBe('done');
  expect(await orchestrator.discardTask(slow)).toBe(false);
});

it('lets a task that was accepted hand on work although the queue is full', async () => {
  const answer: ModelStepFunction = ({ items, tools }) => {
    const said = JSON.stringify(items);
    if (!said.includes('whole')) return { text: 'part done' };
    const helper = tools.find(({ name }) => name.includes('helper'))?.name ?? '';
    return said.includes('part done')
      ? { text: 'all done' }
      : { toolCalls: [{ name: helper, arguments: { task: 'part' } }] };
  };
  await using world = await scene(answer, {}, { config: { engine: { maxQueued: 1 } } });
  const { orchestrator, agentId } = world;
  await orchestrator.createAgent({ name: 'helper', instructions: 'Help.' }, { id: 'helper' });
  await orchestrator.updateAgent(agentId, { delegates: ['helper'] });
  expect((await world.run('whole')).text).toBe('all done');
});

it('lets callers wait for room, in the order of their calls', async () => {
  await using world = await stage('queue');
  await slowOne(world);
  const ends: number[] = [];
  const waiting = [1, 2, 3].map(async (n) => {
    const id = await world.orchestrator.createTask({ description: `next ${n}`, agentId: world.agentId });
    await world.orchestrator.executeTask(id);
    ends.push(n);
  });
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(ends).toEqual([]);
  world.letGo();
  await Promise.all(waiting);
  expect(ends).toEqual([1, 2, 3]);
});

it('ends the wait for room when it shuts down', async () => {
  const world = await stage('queue');
  await slowOne(world);
  const id = await world.orchestrator.createTask({ description: 'next', agentId: world.agentId });
  const waiting = world.orchestrator.enqueueTask(id);
  waiting.catch(() => undefined);
  await world.close();
  await expect(waiting).rejects.toMatchObject({ code: 'ORCHESTRATOR_CLOSED' });
});

it('runs a task inline while the queue is full, and hands it back when it has ended', async () => {
  await using world = await stage('run-inline');
  const { orchestrator, agentId } = world;
  const slow = await slowOne(world);
  const id = await orchestrator.createTask({ description: 'inline', agentId });
  await orchestrator.enqueueTask(id);
  expect((await orchestrator.getTask(id)).status).toBe('completed');
  expect((await orchestrator.executeTask(id)).text).toBe('done');
  expect((await orchestrator.getTask(slow)).status).toBe('running');
  const steps = await orchestrator.taskSteps(id);
  expect(steps.map(({ state }) => state)).toContain('done');
  const ends = world.events.filter(({ type, taskId }) => type === 'task-end' && taskId === id);
  expect(ends).toHaveLength(1);
});

it('refuses what would have to wait although callers run tasks inline', async () => {
  await using world = await stage('run-inline');
  const { orchestrator, agentId } = world;
  const slow = await slowOne(world);
  const after = await orchestrator.createTask({ description: 'after', agentId, dependsOn: [slow] });
  await expect(orchestrator.enqueueTask(after)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  const later = await orchestrator.createTask({ description: 'later', agentId, runAt: Date.now() + 3_600_000 });
  await expect(orchestrator.enqueueTask(later)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
});

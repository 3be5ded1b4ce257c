import { virtualClock } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { scene } from './run/helpers.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1, 12, 0, 30);
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

async function stage() {
  const clock = virtualClock(START);
  const made = await scene(() => ({ text: 'done' }), {}, { clock });
  return { ...made, clock, [Symbol.asyncDispose]: () => made.orchestrator.shutdown({ drainMs: 0 }) };
}

it('creates a task at every tick, under an id that names schedule and tick', async () => {
  await using world = await stage();
  const { orchestrator, clock, agentId } = world;
  const schedule = await orchestrator.createSchedule({
    id: 'every-minute',
    cron: '* * * * *',
    task: { description: 'tick', agentId },
  });
  expect(schedule.nextTick).toBe(START + MINUTE / 2);
  for (let n = 0; n < 3; n += 1) {
    await clock.advanceAsync(MINUTE);
    await settle();
  }
  const ids = (await orchestrator.listTasks()).map(({ id }) => id);
  expect(ids).toEqual([0, 1, 2].map((n) => `every-minute@${START + MINUTE / 2 + n * MINUTE}`));
});

it('fires no more while it is paused or once it is deleted', async () => {
  await using world = await stage();
  const { orchestrator, clock, agentId } = world;
  const { id } = await orchestrator.createSchedule({ cron: '* * * * *', task: { description: 'tick', agentId } });
  expect((await orchestrator.pauseSchedule(id)).nextTick).toBeUndefined();
  await clock.advanceAsync(3 * MINUTE);
  await settle();
  expect(await orchestrator.listTasks()).toEqual([]);
  await orchestrator.resumeSchedule(id);
  await clock.advanceAsync(MINUTE);
  await settle();
  expect(await orchestrator.listTasks()).toHaveLength(1);
  expect(await orchestrator.deleteSchedule(id)).toBe(true);
  await clock.advanceAsync(3 * MINUTE);
  await settle();
  expect(await orchestrator.listTasks()).toHaveLength(1);
});

it('reads time zones', async () => {
  await using world = await stage();
  const noon = await world.orchestrator.createSchedule({
    cron: '0 12 * * *',
    timezone: 'America/New_York',
    task: { description: 'lunch', agentId: world.agentId },
  });
  expect(noon.nextTick).toBe(Date.UTC(2026, 0, 1, 17));
});

it.each([
  ['an expression that is none', { cron: 'often' }, /often/],
  ['an unknown time zone', { cron: '* * * * *', timezone: 'Mars/Base' }, /Mars/],
  ['no task', { cron: '* * * * *', task: {} }, /description/],
])('refuses %s', async (_what, change, message) => {
  await using world = await stage();
  const made = world.orchestrator.createSchedule({ task: { description: 'x' }, ...change });
  await expect(made).rejects.toMatchObject({ code: 'TASK_INVALID', message: expect.stringMatching(message) });
});

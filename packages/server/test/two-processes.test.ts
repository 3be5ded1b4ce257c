import { virtualClock, type ModelStepFunction } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { newFile, startOn, waitFor, type Start } from './support/start-on-file.js';

const MINUTE = 60_000;
const status = async ({ orchestrator }: Start, id: string) => (await orchestrator.getTask(id)).status;
const isStatus = (start: Start, id: string, wanted: string) =>
  waitFor(async () => ((await status(start, id)) === wanted ? true : undefined));

/** Two orchestrators on one file, as two processes have them; the second one takes tasks only once it is told to. */
async function twoOn(first: ModelStepFunction, second: ModelStepFunction): Promise<[Start, Start]> {
  const file = newFile();
  return [await startOn(file, first), await startOn(file, second)];
}

it('cancels a task that another process runs: its model call is aborted and both see the end', async () => {
  const [a, b] = await twoOn(
    (_request, index) => (index === 0 ? { hang: true } : { text: 'done' }),
    () => ({ text: 'done' }),
  );
  const id = await a.orchestrator.createTask({ description: 'long work', agentId: 'worker' });
  const ended = a.orchestrator.executeTask(id).catch((error: unknown) => error);
  await waitFor(async () => (a.model.running === 1 ? true : undefined));

  expect(await b.orchestrator.cancelTask(id, 'not needed')).toBe(true);
  expect(await ended).toMatchObject({ code: 'CANCELLED', message: expect.stringContaining('not needed') as string });
  // A call that hangs ends by its abort alone.
  await waitFor(async () => (a.model.running === 0 ? true : undefined));
  expect([await status(a, id), await status(b, id)]).toEqual(['cancelled', 'cancelled']);
  expect(await b.orchestrator.cancelTask(id)).toBe(false);

  const again = await b.orchestrator.retryTask(id);
  expect(await b.orchestrator.executeTask(again)).toMatchObject({ text: 'done' });
  await isStatus(a, again, 'completed');
  expect(await a.orchestrator.getTask(again)).toMatchObject({ retryOf: id, result: { text: 'done' } });
  expect(a.model.requests.length + b.model.requests.length).toBe(2);
});

it('cancels a task that another process has not started', async () => {
  const [a, b] = await twoOn(
    ({ items: [first] }) => ({ text: 'done', hang: first?.type === 'message' && first.content === 'long work' }),
    () => ({ text: 'done' }),
  );
  await a.orchestrator.updateAgent('worker', { limits: { concurrentTasks: 1 } });
  const [long, next, pending] = (await Promise.all(
    ['long work', 'next', 'pending'].map((description) =>
      a.orchestrator.createTask({ description, agentId: 'worker' }),
    ),
  )) as [string, string, string];
  await a.orchestrator.enqueueTask(long);
  await waitFor(async () => (a.model.running === 1 ? true : undefined));
  await a.orchestrator.enqueueTask(next);

  expect(await b.orchestrator.cancelTask(next)).toBe(true);
  expect(await b.orchestrator.cancelTask(pending)).toBe(true);
  expect(await b.orchestrator.cancelTask(long)).toBe(true);
  for (const id of [long, next, pending]) {
    await expect(a.orchestrator.executeTask(id)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await status(b, id)).toBe('cancelled');
  }
  expect(a.model.requests).toHaveLength(1);
});

it('fires every tick of a schedule once, whichever process is up', async () => {
  const file = newFile();
  const clock = virtualClock(Date.UTC(2026, 0, 1, 12, 0, 30));
  const a = await startOn(file, () => ({ text: 'a' }), { clock });
  const b = await startOn(file, () => ({ text: 'b' }), { clock });
  await a.orchestrator.createSchedule({
    id: 'minutely',
    cron: '* * * * *',
    task: { description: 'tick', agentId: 'worker' },
  });
  await b.orchestrator.start();
  const fired = async () => (await b.orchestrator.engine.list({})).items;
  const tick = async (count: number) => {
    await clock.advanceAsync(MINUTE);
    await waitFor(async () => {
      await clock.advanceAsync(1);
      const done = (await fired()).filter(({ phase }) => phase === 'completed');
      return done.length >= count ? true : undefined;
    });
  };
  for (let count = 1; count <= 5; count += 1) await tick(count);
  await a.stop();
  for (let count = 6; count <= 8; count += 1) await tick(count);
  const ids = (await fired()).map(({ id }) => id).toSorted();
  expect(ids).toEqual(Array.from({ length: 8 }, (_, n) => `minutely@${Date.UTC(2026, 0, 1, 12, 1 + n)}`));
  expect(a.model.requests.length + b.model.requests.length).toBe(8);
});

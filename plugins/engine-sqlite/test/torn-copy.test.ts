import { OrchestratorError } from '@master-orchestrator/errors';
import { seededRandom } from '@master-orchestrator/testing';
import { copyFile, stat, truncate } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { job, Place, serve, until } from './helpers.js';

const STEPS = 5;
const TASKS = 30;

/** Runs tasks and copies the file with its log in the middle of the work. */
async function copyInTheMiddle(place: Place, name: string): Promise<string> {
  const engine = await place.open();
  await serve(engine, {
    job: async (run) => {
      let sum = 0;
      for (let i = 0; i < STEPS; i += 1) sum += await run.step(`s${i}`, { repeat: 'harmless' }, async () => i);
      return sum;
    },
  });
  await engine.submit(Array.from({ length: TASKS }, (_, i) => job(`t${i}`)));
  await until(async () => (await engine.list({ phases: ['completed'] })).items.length >= TASKS / 2);
  const copy = place.file(name);
  await copyFile(`${place.file()}-wal`, `${copy}-wal`);
  await copyFile(place.file(), copy);
  await until(async () => (await engine.list({ phases: ['completed'] })).items.length === TASKS);
  return copy;
}

/** Opens a copy and works on: all its tasks end right, however many of them it still knows. */
async function worksOn(place: Place, file: string): Promise<number> {
  const engine = await place.open({ file });
  const bodies = new Map<string, number>();
  await serve(engine, {
    job: async (run) => {
      let sum = 0;
      for (let i = 0; i < STEPS; i += 1) {
        const recorded = (await engine.journal(run.id)).some((step) => step.key === `s${i}` && step.state === 'done');
        sum += await run.step(`s${i}`, { repeat: 'harmless' }, async () => {
          if (recorded) bodies.set(run.id, 1);
          return i;
        });
      }
      return sum;
    },
  });
  const phases = ['ready', 'running', 'waiting', 'blocked', 'scheduled'] as const;
  await until(async () => (await engine.list({ phases })).items.length === 0);
  const { items } = await engine.list({ limit: 1_000 });
  for (const item of items) expect([item.id, item.phase, item.result]).toEqual([item.id, 'completed', 10]);
  expect(bodies.size).toBe(0);
  await engine.stop({ graceMs: 0 });
  return items.length;
}

describe('a copy of the store that was torn', () => {
  it('works on from what is whole, where the log is cut at random places', { timeout: 60_000 }, async () => {
    await using place = await Place.create();
    const random = seededRandom('torn log');
    const copy = await copyInTheMiddle(place, 'copy.db');
    const { size } = await stat(`${copy}-wal`);
    for (let i = 0; i < 10; i += 1) {
      const torn = place.file(`torn-${i}.db`);
      await copyFile(copy, torn);
      await copyFile(`${copy}-wal`, `${torn}-wal`);
      await truncate(`${torn}-wal`, Math.floor(random() * size));
      expect(await worksOn(place, torn)).toBeLessThanOrEqual(TASKS);
    }
  });

  it(
    'works on, or is refused as damaged, where the file itself is cut at random places',
    { timeout: 60_000 },
    async () => {
      await using place = await Place.create();
      const random = seededRandom('torn file');
      const copy = await copyInTheMiddle(place, 'copy.db');
      const engine = await place.open({ file: copy });
      await engine.stop({ graceMs: 0 });
      const { size } = await stat(copy);
      let refused = 0;
      for (let i = 0; i < 10; i += 1) {
        const torn = place.file(`torn-${i}.db`);
        await copyFile(copy, torn);
        await truncate(torn, Math.floor(random() * size));
        await worksOn(place, torn).catch((error: unknown) => {
          expect(OrchestratorError.isInstance(error) && error.code).toBe('DISK_FAILED');
          refused += 1;
        });
      }
      expect(refused).toBeGreaterThan(0);
    },
  );
});

import { expect, it } from 'vitest';
import * as face from '../src/index.js';
import { HOST, job, Place } from './helpers.js';

it('contributes the scheme sqlite, whose addresses name a file', async () => {
  await using place = await Place.create();
  const plugin = face.sqliteEnginePlugin({ maxValueBytes: 2_000 });
  expect([plugin.name, plugin.specificationVersion]).toEqual(['@master-orchestrator/engine-sqlite', 'v1']);
  const [contribution] = plugin.contributes.engines ?? [];
  expect(contribution?.scheme).toBe('sqlite');
  const engine = await contribution?.create(`sqlite:${place.file()}`, HOST);
  expect(engine?.caps).toMatchObject({ name: 'sqlite', durable: true, reach: 'one-host', maxValueBytes: 2_000 });
  await engine?.start();
  await engine?.submit([job('t')]);
  await engine?.stop({ graceMs: 0 });
  for (const address of ['sqlite:', 'memory:', 'sqlite::memory:']) {
    await expect(contribution?.create(address, HOST)).rejects.toMatchObject({ code: 'STARTUP_FAILED' });
  }
});

it('refuses options that do not fit, by name', () => {
  const bad = [{ pollMs: 0 }, { retention: { bytes: -1 } }, { retention: { days: 3 } }, { maxValueBytes: 1.5 }];
  for (const options of bad) {
    expect(() => face.sqliteEnginePlugin(options)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  }
  expect(face.sqliteEnginePlugin({ retention: { bytes: Infinity } }).contributes.engines).toHaveLength(1);
});

import assert from 'node:assert/strict';
import { seededRandom } from '../seeded.js';
import type { EngineCheck } from './engine-check.js';
import { delay, ended, inPhase, until } from './engine-lab.js';
import { modelProgram, programSpec, randomProgram, runProgram, type ModelEnd } from './random-program.js';

const group = 'soak';

const followsTheModel: EngineCheck = {
  group,
  name: 'random programs of steps, waits, children, failures and cancels end as the model says, while workers come and go',
  timeoutMs: 120_000,
  async run(lab) {
    const random = seededRandom(`soak ${lab.seed}`);
    const engine = await lab.open();
    await engine.setLimits({ total: 8, perLaneDefault: 4 });
    const ends = new Map<string, ModelEnd>();
    const count = lab.options.soakPrograms ?? 20;
    const specs = Array.from({ length: count }, (_, i) => {
      const program = randomProgram(random);
      modelProgram(`p${i}`, program, ends);
      return programSpec(`p${i}`, program);
    });
    await engine.submit(specs);
    const cancelled = [...ends].filter(([, end]) => end.phase === 'cancelled').map(([id]) => id);
    let serving = await lab.serve(engine, { program: runProgram });
    for (let i = 0; i < 5; i += 1) {
      await delay(Math.floor(random() * 60));
      await serving.drain(Math.floor(random() * 20));
      serving = await lab.serve(engine, { program: runProgram });
    }
    for (const id of cancelled) {
      await until(`"${id}" is there`, async () => (await engine.get(id)) !== undefined);
      await inPhase(engine, id, 'waiting');
      await engine.cancel(id, 'as the program says');
    }
    for (const [id, end] of ends) {
      await until(`"${id}" is there (seed ${lab.seed})`, async () => (await engine.get(id)) !== undefined);
      const view = await ended(engine, id);
      const found = { phase: view.phase, ...(view.phase === 'completed' ? { result: view.result } : {}) };
      assert.deepEqual(found, end, `"${id}" (seed ${lab.seed}): ${view.error?.message ?? ''}`);
    }
  },
};

/** Programs by chance against a model. */
export const soakChecks: readonly EngineCheck[] = [followsTheModel];

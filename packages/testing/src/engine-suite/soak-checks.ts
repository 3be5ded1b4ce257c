import { isFinalPhase, type TaskEngine } from '@master-orchestrator/contracts';
import assert from 'node:assert/strict';
import { seededRandom } from '../seeded.js';
import type { EngineCheck } from './engine-check.js';
import { delay, ended, until } from './engine-lab.js';
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
    let serving = await lab.serve(engine, { program: runProgram });
    for (let i = 0; i < 5; i += 1) {
      await delay(Math.floor(random() * 60));
      await serving.drain(Math.floor(random() * 20));
      serving = await lab.serve(engine, { program: runProgram });
    }
    await cancelAsModelled(engine, ends);
    for (const [id, end] of ends) {
      await until(`"${id}" is there (seed ${lab.seed})`, async () => (await engine.get(id)) !== undefined);
      const view = await ended(engine, id);
      const found = { phase: view.phase, ...(view.phase === 'completed' ? { result: view.result } : {}) };
      assert.deepEqual(found, end, `"${id}" (seed ${lab.seed}): ${view.error?.message ?? ''}`);
    }
  },
};

/**
 * Cancels what only a cancel ends, as soon as all below it has ended: a cancel reaches the children that still run, and
 * these must end as the model says.
 */
async function cancelAsModelled(engine: TaskEngine, ends: ReadonlyMap<string, ModelEnd>): Promise<void> {
  const open = new Set([...ends].filter(([, end]) => end.phase === 'cancelled').map(([id]) => id));
  const isOver = async (id: string): Promise<boolean> => isFinalPhase((await engine.get(id))?.phase ?? 'ready');
  const cancelSome = async (): Promise<boolean> => {
    for (const id of open) {
      if ((await engine.get(id))?.phase !== 'waiting') continue;
      const below = [...ends.keys()].filter((child) => child.startsWith(`${id}/`));
      if (!(await Promise.all(below.map(isOver))).every(Boolean)) continue;
      await engine.cancel(id, 'as the program says');
      open.delete(id);
    }
    return open.size === 0;
  };
  await until(`all of ${[...open].join(', ')} could be cancelled`, cancelSome, 60_000);
}

/** Programs by chance against a model. */
export const soakChecks: readonly EngineCheck[] = [followsTheModel];

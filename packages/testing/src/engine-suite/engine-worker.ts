import {
  silentLogger,
  type EngineOptions,
  type Handler,
  type TaskEngine,
  type TaskRun,
} from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../seeded.js';
import { expectedStep, policyOf, type MarkedInput } from './marked-task.js';
import { writeMark, type MarkKind } from './side-effect-log.js';
import type { WorkerSettings } from './worker-process.js';
import { untilAborted } from './engine-lab.js';

/** Time a worker gives its running steps after SIGTERM. */
const DRAIN_MS = 5_000;

/**
 * The program of a worker process of the engine suite: opens the engine it is told to, serves the suite's kinds of tasks
 * and drains on SIGTERM. A subject's `workerFile` calls it and does nothing else.
 */
export async function runEngineWorker(
  open: (address: string, options: EngineOptions) => Promise<TaskEngine>,
): Promise<void> {
  const settings = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings;
  const random = seededRandom(settings.workerId);
  const engine = await open(settings.address, { clock: systemClock, random, logger: silentLogger, agingMs: 0 });
  await engine.start();
  const { workerId, slots, claimMs } = settings;
  const serving = await engine.serve(handlersOf(settings), { workerId, slots, claimMs });
  const end = (): void => {
    void serving
      .drain(DRAIN_MS)
      .then(() => engine.stop({ graceMs: 0 }))
      .then(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('message', end);
  // The parent's death must not leave workers behind.
  process.once('disconnect', () => process.exit(1));
  process.send?.({ type: 'ready' });
}

function handlersOf(settings: WorkerSettings): ReadonlyMap<string, Handler> {
  let count = 0;
  const mark = (kind: MarkKind, task: string, key?: string): void => {
    if (settings.logFile !== undefined) writeMark(settings.logFile, kind, task, key);
    if (kind === settings.dieAt?.kind && ++count === settings.dieAt.count) process.kill(process.pid, 'SIGKILL');
  };
  return new Map<string, Handler>([
    ['job', async () => null],
    ['held', (run) => run.step('hold', { repeat: 'harmless' }, ({ abort }) => untilAborted(abort))],
    [
      'poison',
      async (run) =>
        run.step(
          'die',
          { repeat: 'harmless' },
          async () => (process.kill(process.pid, 'SIGKILL'), delay(60_000, null)),
        ),
    ],
    ['marked', (run, input) => runMarked(run, input as unknown as MarkedInput, mark, settings.logFile ?? '')],
  ]);
}

/** Steps that mark what they do. Their values, and so the result, follow from the task alone. */
async function runMarked(
  run: TaskRun,
  input: MarkedInput,
  mark: (kind: MarkKind, task: string, key?: string) => void,
  logFile: string,
): Promise<number> {
  mark('S', run.id);
  let total = 0;
  for (let i = 0; i < input.steps; i += 1) {
    const key = `s${i}`;
    const value = await run.step(key, policyOf(i, input), async ({ repeatPossible }) => {
      // After a pause a person has looked: what took effect is not done again.
      if (policyOf(i, input).repeat === 'must-ask' && repeatPossible && hasEnded(logFile, run.id, key)) {
        mark('A', run.id, key);
        return expectedStep(run.id, i);
      }
      mark('B', run.id, key);
      await delay(input.stepMs);
      mark('E', run.id, key);
      return expectedStep(run.id, i);
    });
    mark('C', run.id, key);
    total += value;
  }
  mark('F', run.id);
  return total;
}

function hasEnded(logFile: string, task: string, key: string): boolean {
  return readFileSync(logFile, 'utf8').includes(`E\t${task}\t${key}\t`);
}

import type { Handler, TaskEngine, TaskView } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import assert from 'node:assert/strict';
import { needsSharedStore, type EngineCheck } from './engine-check.js';
import {
  delay,
  ended,
  gate,
  HARMLESS,
  inPhase,
  job,
  resultOf,
  until,
  untilAborted,
  type EngineLab,
} from './engine-lab.js';

const group = 'endings';
/** The signal must arrive within 50 ms in the process; a loaded machine gets more. */
const ABORT_MS = 2_000;

const hold: Handler = (run) => run.step('hold', HARMLESS, ({ abort }) => untilAborted(abort));

/** Brings one task into each unfinished phase; returns their ids by phase. */
async function inEveryPhase(
  lab: EngineLab,
  overrides: object,
): Promise<{ engine: TaskEngine; ids: Map<string, string> }> {
  const engine = await lab.open();
  await lab.serve(engine, {
    hold,
    message: async (run) => (await run.receive('wait', 'box'))?.body ?? null,
    sleep: (run) => run.sleepUntil('wait', Date.now() + 3_600_000).then(() => null),
    join: async (run) => (await run.join('wait', ['blocker'])).length,
    pause: async () => Promise.reject(new OrchestratorError('JOURNAL_MISMATCH', 'for the test')),
  });
  await engine.submit([
    job('blocker', { kind: 'hold' }),
    job('blocked', { ...overrides, after: [{ task: 'blocker', when: 'completed' }] }),
    job('scheduled', { ...overrides, notBefore: Date.now() + 3_600_000 }),
    job('ready', { ...overrides, kind: 'nobody has this handler' }),
    job('running', { ...overrides, kind: 'hold' }),
    job('message', { ...overrides, kind: 'message' }),
    job('sleep', { ...overrides, kind: 'sleep' }),
    job('join', { ...overrides, kind: 'join' }),
    job('paused', { ...overrides, kind: 'pause' }),
  ]);
  const phases = ['blocked', 'scheduled', 'ready', 'running', 'paused'] as const;
  for (const phase of phases) await inPhase(engine, phase, phase);
  for (const id of ['message', 'sleep', 'join']) await inPhase(engine, id, 'waiting');
  return { engine, ids: new Map([...phases, 'message', 'sleep', 'join'].map((id) => [id, id])) };
}

const cancelsAnywhere: EngineCheck = {
  group,
  name: 'cancel ends a task in every phase, once, with its reason',
  async run(lab) {
    const { engine, ids } = await inEveryPhase(lab, {});
    for (const id of ids.keys()) {
      assert.equal(await engine.cancel(id, `reason ${id}`), 'accepted', id);
      await until(`"${id}" is cancelled`, async () => (await engine.get(id))?.phase === 'cancelled');
      const view = await engine.get(id);
      assert.equal(view?.cancelReason, `reason ${id}`);
      assert.ok(view?.endedAt !== undefined);
      assert.equal(await engine.cancel(id, 'again'), 'already-final');
    }
    assert.equal(await engine.cancel('nobody', 'why'), 'unknown');
  },
};

const tellsTheRun: EngineCheck = {
  group,
  name: 'the signal of a cancelled run fires soon, and from then on the engine refuses what it asks for',
  async run(lab) {
    const engine = await lab.open();
    const begun = gate();
    let toldAt = 0;
    let refusal = '';
    await lab.serve(engine, {
      job: async (run) => {
        run.abort.addEventListener('abort', () => (toldAt = performance.now()), { once: true });
        await run.step('hold', HARMLESS, async ({ abort }) => (begun.open(), untilAborted(abort))).catch(() => null);
        refusal = await run
          .step('more', HARMLESS, async () => 'it ran')
          .catch((error: OrchestratorError) => error.code);
        return 'a late answer';
      },
    });
    await engine.submit([job('t')]);
    await begun.opened;
    const askedAt = performance.now();
    await engine.cancel('t', 'enough');
    const view = await ended(engine, 't');
    assert.deepEqual([view.phase, view.result, refusal], ['cancelled', undefined, 'CANCELLED']);
    assert.ok(toldAt - askedAt < ABORT_MS, `the signal took ${toldAt - askedAt} ms`);
  },
};

const cancelsChildren: EngineCheck = {
  group,
  name: 'cancel reaches the unfinished children and theirs',
  async run(lab) {
    const engine = await lab.open();
    await lab.serve(engine, {
      parent: async (run) => {
        const depth = run.id.length;
        const child = job(`${run.id}x`, { kind: depth < 3 ? 'parent' : 'leaf' });
        const ids = await run.spawn('spawn', [child]);
        await run.join('join', ids);
        return null;
      },
      leaf: hold,
    });
    await engine.submit([job('p', { kind: 'parent' })]);
    await inPhase(engine, 'pxxx', 'running');
    await engine.cancel('p', 'all of it');
    for (const id of ['p', 'px', 'pxx', 'pxxx']) {
      const view = await ended(engine, id);
      assert.deepEqual([id, view.phase, view.cancelReason], [id, 'cancelled', 'all of it']);
    }
  },
};

const expiresAnywhere: EngineCheck = {
  group,
  name: 'a passed deadline fails a task in every phase with DEADLINE_EXCEEDED',
  async run(lab) {
    const deadline = Date.now() + 2_500;
    const { engine, ids } = await inEveryPhase(lab, { deadline });
    for (const id of ids.keys()) {
      let view: TaskView | undefined;
      await until(`"${id}" fails`, async () => (view = await engine.get(id))?.phase === 'failed');
      assert.equal(view?.error?.code, 'DEADLINE_EXCEEDED', id);
      assert.ok((view?.endedAt ?? 0) >= deadline, `"${id}" failed before its deadline`);
    }
  },
};

const limitsDeliveries: EngineCheck = {
  group,
  name: 'a delivery past deliveryTimeoutMs fails; time spent waiting does not count',
  async run(lab) {
    const engine = await lab.open();
    await lab.serve(engine, {
      long: hold,
      patient: async (run) => {
        await run.sleepUntil('wait', Date.now() + 700);
        return 'patient';
      },
    });
    await engine.submit([
      job('long', { kind: 'long', deliveryTimeoutMs: 100 }),
      job('patient', { kind: 'patient', deliveryTimeoutMs: 400 }),
    ]);
    const view = await ended(engine, 'long');
    assert.deepEqual([view.phase, view.error?.category], ['failed', 'TIMEOUT_ERROR']);
    assert.equal(await resultOf(engine, 'patient'), 'patient');
  },
};

const cancelsFromElsewhere: EngineCheck = {
  group,
  name: 'another engine on the same store cancels a running task within 2 s',
  isExempt: needsSharedStore,
  async run(lab) {
    const [engine, other] = await lab.openMany(2);
    assert.ok(engine && other);
    await lab.serve(engine, { job: hold });
    await engine.submit([job('t')]);
    await inPhase(other, 't', 'running');
    const askedAt = performance.now();
    assert.equal(await other.cancel('t', 'from elsewhere'), 'accepted');
    await until('it is cancelled', async () => (await other.get('t'))?.phase === 'cancelled');
    assert.ok(performance.now() - askedAt < ABORT_MS + 2_000);
  },
};

const endsOnce: EngineCheck = {
  group,
  name: 'a task that is cancelled while it ends has one end',
  timeoutMs: 60_000,
  async run(lab) {
    const engine = await lab.open();
    const ends = new Map<string, number>();
    const reader = engine.feed('now', { types: ['phase'] })[Symbol.asyncIterator]();
    await lab.serve(engine, { job: async () => (await delay(1), null) }, { slots: 8 });
    const ids = Array.from({ length: 100 }, (_, i) => `t${i}`);
    await engine.submit(ids.map((id) => job(id)));
    await Promise.all(ids.map(async (id, i) => (await delay(i % 10), engine.cancel(id, 'race'))));
    for (const id of ids) assert.ok(['completed', 'cancelled'].includes((await ended(engine, id)).phase));
    while ([...ends.values()].length < ids.length) {
      const { value } = await reader.next();
      const { phase } = value.data as { phase: string };
      if (phase === 'completed' || phase === 'cancelled') ends.set(value.task, (ends.get(value.task) ?? 0) + 1);
    }
    await reader.return?.();
    assert.ok([...ends.values()].every((count) => count === 1));
  },
};

const staysAnswerable: EngineCheck = {
  group,
  name: 'a handler that asks again and again after its end does not stop the process',
  async run(lab) {
    const engine = await lab.open();
    const begun = gate();
    let asked = 0;
    await lab.serve(engine, {
      job: async (run) => {
        await run.step('hold', HARMLESS, async ({ abort }) => (begun.open(), untilAborted(abort))).catch(() => null);
        const end = performance.now() + 300;
        for (; performance.now() < end; asked += 1)
          await run.step(`s${asked}`, HARMLESS, async () => 1).catch(() => null);
        return null;
      },
    });
    await engine.submit([job('t')]);
    await begun.opened;
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 10);
    await engine.cancel('t', 'enough');
    assert.equal((await ended(engine, 't')).phase, 'cancelled');
    clearInterval(ticking);
    assert.ok(asked > 100 && turns > 2, `${asked} calls, ${turns} turns`);
  },
};

/** How tasks end before their handler does. */
export const endingChecks: readonly EngineCheck[] = [
  cancelsAnywhere,
  tellsTheRun,
  cancelsChildren,
  expiresAnywhere,
  limitsDeliveries,
  cancelsFromElsewhere,
  staysAnswerable,
  endsOnce,
];

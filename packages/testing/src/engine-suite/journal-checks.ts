import type { Handler, TaskRun } from '@master-orchestrator/contracts';
import { OrchestratorError, type Json } from '@master-orchestrator/errors';
import assert from 'node:assert/strict';
import type { EngineCheck } from './engine-check.js';
import {
  ended,
  gate,
  HARMLESS,
  inPhase,
  job,
  refusedWith,
  resultOf,
  until,
  untilAborted,
  type EngineLab,
} from './engine-lab.js';

const group = 'journal';

/** A handler that ends only in a delivery after the first: in the first it stops at a gate and is given back. */
function twice(body: (run: TaskRun) => Promise<Json>): { handler: Handler; reached: Promise<void> } {
  const reached = gate();
  let deliveries = 0;
  const handler: Handler = async (run) => {
    deliveries += 1;
    const value = await body(run);
    if (deliveries > 1) return value;
    reached.open();
    return run.step('wait here', HARMLESS, ({ abort }) => untilAborted(abort));
  };
  return { handler, reached: reached.opened };
}

/** Runs a body in two deliveries; returns the result of the second. */
async function replayed(
  lab: EngineLab,
  body: (run: TaskRun) => Promise<Json>,
  more: Record<string, Handler> = {},
): Promise<Json> {
  const engine = await lab.open();
  const { handler, reached } = twice(body);
  const first = await lab.serve(engine, { twice: handler, ...more });
  await engine.submit([job('t', { kind: 'twice' })]);
  await reached;
  await first.drain(0);
  await lab.serve(engine, { twice: handler, ...more });
  return resultOf(engine, 't');
}

const replaysEqualValues: EngineCheck = {
  group,
  name: 'a later delivery gets every recorded value back, equal, and no body runs again',
  async run(lab) {
    let bodies = 0;
    const seen: Json[] = [];
    const value = { a: [1, 'ä', null, true, { deep: -0.5 }], b: {} };
    await replayed(
      lab,
      async (run) => {
        const got = [
          await run.step('plain', HARMLESS, async () => (bodies++, value)),
          await run.step('nothing', HARMLESS, async () => (bodies++, null)),
          await run.parallel(['p', 'q'].map((key) => ({ key, policy: HARMLESS, body: async () => (bodies++, key) }))),
          await run.now('now'),
          await run.random('random'),
          await run.spawn('spawn', [job('child')]),
          (await run.join('join', ['child'])).map(({ id, phase, result }) => ({ id, phase, result: result ?? null })),
          (await run.receive('early', 'box', { timeoutMs: 1 })) ?? 'timed out',
        ];
        await run.sleepUntil('sleep', (await run.now('now 2')) + 1);
        seen.push(got);
        return null;
      },
      { job: async () => 'child result' },
    );
    assert.equal(bodies, 4);
    assert.equal(seen.length, 2);
    assert.deepEqual(seen[1], seen[0]);
  },
};

const keepsFiveHundred: EngineCheck = {
  group,
  name: 'a loop of 500 steps is recorded whole and replayed whole',
  timeoutMs: 60_000,
  async run(lab) {
    let bodies = 0;
    const sum = async (run: TaskRun): Promise<Json> => {
      let total = 0;
      for (let i = 0; i < 500; i += 1) total += await run.step(`s${i}`, HARMLESS, async () => (bodies++, i));
      return total;
    };
    assert.equal(await replayed(lab, sum), (499 * 500) / 2);
    assert.equal(bodies, 500);
  },
};

const repeatsAfterFailure: EngineCheck = {
  group,
  name: 'a failed step called again runs again, and a later delivery sees the same failures in the same order',
  async run(lab) {
    let bodies = 0;
    const story = async (run: TaskRun): Promise<Json> => {
      const told: Json[] = [];
      for (let attempt = 1; ; attempt += 1) {
        try {
          told.push(
            await run.step('flaky', HARMLESS, async ({ repeatPossible }) => {
              bodies += 1;
              if (bodies === 1) throw new OrchestratorError('RATE_LIMITED', 'slow down', { retryAfterMs: 7 });
              if (bodies === 2) throw new TypeError('broken');
              return `fine, ${String(repeatPossible)}`;
            }),
          );
          return told;
        } catch (error) {
          const { code, isRetryable, retryAfterMs } = error as OrchestratorError;
          told.push(attempt === 1 ? { code, isRetryable, retryAfterMs: retryAfterMs ?? 0 } : 'second');
          await run.sleepUntil(`pause ${attempt}`, 0);
        }
      }
    };
    const result = await replayed(lab, story);
    assert.deepEqual(result, [{ code: 'RATE_LIMITED', isRetryable: true, retryAfterMs: 7 }, 'second', 'fine, true']);
    assert.equal(bodies, 3);
  },
};

const settlesAllParts: EngineCheck = {
  group,
  name: 'parallel steps all settle before the first failure is thrown',
  async run(lab) {
    const engine = await lab.open();
    const slow = gate();
    let isSlowDone = false;
    await lab.serve(engine, {
      job: async (run) => {
        try {
          await run.parallel<Json>([
            { key: 'ok', policy: HARMLESS, body: async () => 1 },
            {
              key: 'bad',
              policy: HARMLESS,
              body: async () => Promise.reject(new OrchestratorError('TOOL_FAILED', 'bad part')),
            },
            { key: 'slow', policy: HARMLESS, body: async () => (await slow.opened, (isSlowDone = true), 3) },
          ]);
        } catch (error) {
          return `${(error as OrchestratorError).code} after the slow one: ${String(isSlowDone)}`;
        }
        return 'no failure';
      },
    });
    await engine.submit([job('t')]);
    await until('the others have settled', async () => (await engine.journal('t')).length === 2);
    slow.open();
    assert.equal(await resultOf(engine, 't'), 'TOOL_FAILED after the slow one: true');
    const states = (await engine.journal('t')).map((step) => `${step.key} ${step.state}`).sort();
    assert.deepEqual(states, ['bad failed', 'ok done', 'slow done']);
  },
};

const stopsAtThird: Handler = async (run) => {
  const a = await run.step('a', HARMLESS, async () => 1);
  const b = await run.step('b', HARMLESS, async () => 2);
  return a + b + (await run.step('c', HARMLESS, ({ abort }) => untilAborted(abort)));
};

const goesOn: Handler = async (run) => {
  const a = await run.step('a', HARMLESS, async () => 100);
  const b = await run.step('b', HARMLESS, async () => 100);
  return a + b + (await run.step('c', HARMLESS, async () => 3));
};

const pausesOnRename: EngineCheck = {
  group,
  name: 'a renamed, removed or retyped step pauses the run instead of failing it, and resume works once the code is back',
  isExempt: (caps) => (caps.positionalJournal ? 'it asks for a new revision instead' : undefined),
  async run(lab) {
    const engine = await lab.open();
    let wrongBodies = 0;
    const wrong: Record<string, Handler> = {
      renamed: (run) =>
        run.step('a', HARMLESS, async () => 0).then(() => run.step('b2', HARMLESS, async () => ++wrongBodies)),
      removed: (run) => run.step('a', HARMLESS, async () => 0),
      retyped: (run) => run.step('a', HARMLESS, async () => 0).then(() => run.now('b')),
    };
    const kinds = Object.keys(wrong);
    const first = await lab.serve(engine, Object.fromEntries(kinds.map((kind) => [kind, stopsAtThird])));
    await engine.submit(kinds.map((kind) => job(kind, { kind })));
    for (const kind of kinds)
      await until(`"${kind}" has two steps`, async () => (await engine.journal(kind)).length >= 2);
    await first.drain(0);
    const second = await lab.serve(engine, wrong);
    for (const kind of kinds) {
      const view = await ended(engine, kind);
      assert.equal(view.phase, 'paused', `"${kind}" is ${view.phase}`);
      assert.equal(view.error?.code, 'JOURNAL_MISMATCH');
    }
    assert.equal(wrongBodies, 0);
    await second.drain(0);
    await lab.serve(engine, Object.fromEntries(kinds.map((kind) => [kind, goesOn])));
    for (const kind of kinds) {
      await engine.resume(kind);
      assert.equal(await resultOf(engine, kind), 6);
    }
  },
};

const pausesOnRequest: EngineCheck = {
  group,
  name: 'a handler that throws JOURNAL_MISMATCH pauses its run; ENGINE_UNAVAILABLE brings it back to the queue',
  async run(lab) {
    const engine = await lab.open();
    let calls = 0;
    await lab.serve(engine, {
      mismatch: async () => Promise.reject(new OrchestratorError('JOURNAL_MISMATCH', 'the definition has changed')),
      unavailable: async () => {
        calls += 1;
        if (calls === 1) throw new OrchestratorError('ENGINE_UNAVAILABLE', 'the store is away');
        return calls;
      },
    });
    await engine.submit([job('m', { kind: 'mismatch' }), job('u', { kind: 'unavailable' })]);
    const view = await ended(engine, 'm');
    assert.deepEqual([view.phase, view.error?.message], ['paused', 'the definition has changed']);
    assert.equal(await resultOf(engine, 'u'), 2);
    assert.equal((await engine.get('u'))?.delivery, 1);
  },
};

const asksInDoubt: EngineCheck = {
  group,
  name: 'a must-ask step whose end is not known pauses the run; only a person lets it run again',
  async run(lab) {
    const engine = await lab.open();
    const begun = gate();
    const possible: boolean[] = [];
    const handler: Handler = async (run) => {
      await run.step('before', HARMLESS, async () => 1);
      return run.step('pay', { repeat: 'must-ask' }, ({ abort, repeatPossible }) => {
        possible.push(repeatPossible);
        if (possible.length > 1) return Promise.resolve('paid');
        begun.open();
        return untilAborted(abort);
      });
    };
    const first = await lab.serve(engine, { job: handler });
    await engine.submit([job('t')]);
    await begun.opened;
    assert.equal((await engine.journal('t')).find((step) => step.key === 'pay')?.state, 'intended');
    await first.drain(0);
    await lab.serve(engine, { job: handler });
    const view = await ended(engine, 't');
    assert.deepEqual(
      [view.phase, view.error?.code, view.error?.details?.['step']],
      ['paused', 'EFFECT_UNKNOWN', 'pay'],
    );
    assert.deepEqual(possible, [false]);
    await engine.resume('t');
    assert.equal(await resultOf(engine, 't'), 'paid');
    assert.deepEqual(possible, [false, true]);
  },
};

const recordsMustAsk: EngineCheck = {
  group,
  name: 'a must-ask step that ended, well or not, is never in doubt',
  async run(lab) {
    let effects = 0;
    const result = await replayed(lab, async (run) => {
      const paid = await run.step('pay', { repeat: 'must-ask', isCostly: true }, async () => ++effects);
      const refused = await run
        .step<Json>(
          'refused',
          { repeat: 'must-ask' },
          async () => (effects++, Promise.reject(new OrchestratorError('TOOL_FAILED', 'no'))),
        )
        .catch((error: OrchestratorError) => error.code);
      return [paid, refused];
    });
    assert.deepEqual([result, effects], [[1, 'TOOL_FAILED'], 2]);
  },
};

const boundsValues: EngineCheck = {
  group,
  name: 'a step value, message or result that is too large or not JSON fails that call alone',
  async run(lab) {
    const engine = await lab.open();
    const large = 'x'.repeat(engine.caps.maxValueBytes);
    await lab.serve(engine, {
      job: async (run) => {
        const codes: string[] = [];
        const note = (error: OrchestratorError): null => (codes.push(error.code), null);
        await run.step<Json>('large', HARMLESS, async () => large).catch(note);
        await run.step<Json>('odd', HARMLESS, async () => (() => 1) as unknown as Json).catch(note);
        return codes;
      },
      large: async () => large,
    });
    await engine.submit([job('t'), job('l', { kind: 'large' })]);
    assert.deepEqual(await resultOf(engine, 't'), ['VALUE_TOO_LARGE', 'TASK_INVALID']);
    const view = await ended(engine, 'l');
    assert.deepEqual([view.phase, view.error?.code], ['failed', 'VALUE_TOO_LARGE']);
    await engine.submit([job('later', { notBefore: Date.now() + 3_600_000 })]);
    await refusedWith('VALUE_TOO_LARGE', () => engine.signal('later', 'box', large, 'm'));
  },
};

const keepsErrors: EngineCheck = {
  group,
  name: 'a failed task keeps code, category and flags of what its handler threw',
  async run(lab) {
    const engine = await lab.open();
    await lab.serve(engine, {
      job: async () => Promise.reject(new OrchestratorError('CREDENTIAL_REJECTED', 'wrong key', { details: { a: 1 } })),
      odd: async () => Promise.reject(new RangeError('off')),
    });
    await engine.submit([job('t'), job('o', { kind: 'odd' })]);
    const { phase, error } = await ended(engine, 't');
    assert.deepEqual(
      [phase, error?.code, error?.category, error?.isRetryable, error?.details],
      ['failed', 'CREDENTIAL_REJECTED', 'PERMISSION_ERROR', false, { a: 1 }],
    );
    const odd = await ended(engine, 'o');
    assert.deepEqual([odd.phase, odd.error?.code], ['failed', 'UNKNOWN_ERROR']);
  },
};

const limitsSteps: EngineCheck = {
  group,
  name: 'a step past its timeoutMs is told by its signal and fails, and the run goes on',
  async run(lab) {
    const engine = await lab.open();
    await lab.serve(engine, {
      job: async (run) => {
        const failure = await run
          .step<Json>('slow', { repeat: 'harmless', timeoutMs: 30 }, ({ abort }) => untilAborted(abort))
          .catch((error: OrchestratorError) => error.category);
        return [failure, await run.step('next', HARMLESS, async ({ idempotencyKey }) => idempotencyKey)];
      },
    });
    await engine.submit([job('t')]);
    assert.deepEqual(await resultOf(engine, 't'), ['TIMEOUT_ERROR', 't:next']);
  },
};

const givesBack: EngineCheck = {
  group,
  name: 'draining lets a running step end, starts no further one and gives the run back without counting a delivery',
  async run(lab) {
    const engine = await lab.open();
    const begun = gate();
    const finish = gate();
    let second = 0;
    const handler: Handler = async (run) => {
      const value = await run.step('first', HARMLESS, async () => (begun.open(), await finish.opened, 1));
      return value + (await run.step('second', HARMLESS, async () => ++second));
    };
    const serving = await lab.serve(engine, { job: handler });
    await engine.submit([job('t')]);
    await begun.opened;
    assert.equal(serving.active, 1);
    const drained = serving.drain(10_000);
    finish.open();
    await drained;
    assert.deepEqual([serving.active, second], [0, 0]);
    const view = await engine.get('t');
    assert.deepEqual([view?.phase, view?.delivery], ['ready', 0]);
    await lab.serve(engine, { job: handler });
    assert.equal(await resultOf(engine, 't'), 2);
    assert.equal((await engine.get('t'))?.delivery, 1);
  },
};

const hurriesWhenAskedAgain: EngineCheck = {
  group,
  name: 'a drain that is asked for again with less time aborts what still runs, and loses nothing',
  async run(lab) {
    const engine = await lab.open();
    const begun = gate();
    const serving = await lab.serve(engine, {
      job: (run) => run.step('hold', HARMLESS, ({ abort }) => (begun.open(), untilAborted(abort))),
    });
    await engine.submit([job('t')]);
    await begun.opened;
    const drained = serving.drain(3_600_000);
    await Promise.all([drained, serving.drain(0)]);
    const view = await engine.get('t');
    assert.deepEqual([view?.phase, view?.delivery], ['ready', 0]);
    await lab.serve(engine, { job: (run) => run.step('hold', HARMLESS, async () => 'done') });
    assert.equal(await resultOf(engine, 't'), 'done');
  },
};

const takesTwoMessages: Handler = async (run) => {
  const first = await run.receive('first', 'box');
  const second = await run.receive('second', 'box', { timeoutMs: 60_000 });
  return [first?.body ?? null, second?.body ?? null];
};

const keepsWaitsOverDrain: EngineCheck = {
  group,
  name: 'a run that waits is given back when its worker drains, and goes on with another one',
  async run(lab) {
    const engine = await lab.open();
    const serving = await lab.serve(engine, { job: takesTwoMessages });
    await engine.submit([job('t')]);
    await inPhase(engine, 't', 'waiting');
    await engine.signal('t', 'box', 1, 'm1');
    await until('the first message is taken', async () => (await engine.journal('t'))[0]?.state === 'done');
    await serving.drain(5_000);
    await engine.signal('t', 'box', 2, 'm2');
    await lab.serve(engine, { job: takesTwoMessages });
    assert.deepEqual(await resultOf(engine, 't'), [1, 2]);
  },
};

/** What a later delivery finds. */
export const journalChecks: readonly EngineCheck[] = [
  replaysEqualValues,
  keepsFiveHundred,
  repeatsAfterFailure,
  settlesAllParts,
  pausesOnRename,
  pausesOnRequest,
  asksInDoubt,
  recordsMustAsk,
  boundsValues,
  keepsErrors,
  limitsSteps,
  givesBack,
  hurriesWhenAskedAgain,
  keepsWaitsOverDrain,
];

import type { StateStore } from '@master-orchestrator/contracts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { EngineCheck } from './engine-check.js';
import { delay, refusedWith } from './engine-lab.js';

const group = 'state';

async function scanAll(state: StateStore, namespace: string, prefix: string, limit: number): Promise<string[]> {
  const keys: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await state.scan(namespace, prefix, cursor, limit);
    keys.push(...page.items.map((row) => row.key));
    cursor = page.next;
    if (cursor === undefined) return keys;
  }
}

const countsVersions: EngineCheck = {
  group,
  name: 'a row counts its versions, and a write with another ifVersion is a conflict that changes nothing',
  async run(lab) {
    const { state } = await lab.open();
    assert.equal(await state.get('ns', 'k'), undefined);
    assert.equal(await state.put('ns', 'k', 1, { ifVersion: 1 }), 'conflict');
    assert.equal(await state.put('ns', 'k', { a: [1] }, { ifVersion: 0 }), 1);
    assert.equal(await state.put('ns', 'k', 2, { ifVersion: 0 }), 'conflict');
    assert.equal(await state.put('ns', 'k', 2), 2);
    assert.equal(await state.put('ns', 'k', 3, { ifVersion: 2 }), 3);
    assert.deepEqual(await state.get('ns', 'k'), { key: 'k', value: 3, version: 3 });
    assert.equal(await state.get('other', 'k'), undefined);
    assert.equal(await state.delete('ns', 'k', { ifVersion: 1 }), 'conflict');
    assert.equal(await state.delete('ns', 'k', { ifVersion: 3 }), true);
    assert.equal(await state.delete('ns', 'k'), false);
  },
};

const keepsCopies: EngineCheck = {
  group,
  name: 'a stored value does not change with the object it came from or the one that was read',
  async run(lab) {
    const { state } = await lab.open();
    const value = { list: [1] };
    await state.put('ns', 'k', value);
    value.list.push(2);
    const read = (await state.get('ns', 'k'))?.value as { list: number[] };
    read.list.push(3);
    assert.deepEqual((await state.get('ns', 'k'))?.value, { list: [1] });
    await refusedWith('TASK_INVALID', () => state.put('ns', 'k', Number.NaN));
  },
};

const increment = (state: StateStore): Promise<number> =>
  state.transact(async (transaction) => {
    const row = await transaction.get('ns', 'count');
    await delay(0);
    const next = ((row?.value as number | undefined) ?? 0) + 1;
    await transaction.put('ns', 'count', next);
    return next;
  });

const twoWriters: EngineCheck = {
  group,
  name: 'of two writers with the same ifVersion one wins; transactions of both lose no update',
  timeoutMs: 60_000,
  async run(lab) {
    const [one, other] = await lab.openMany(2);
    assert.ok(one && other);
    const outcomes = await Promise.all(
      [one, other].map((engine) => engine.state.put('ns', 'race', 1, { ifVersion: 0 })),
    );
    assert.deepEqual(outcomes.map(String).sort(), ['1', 'conflict']);
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, i) => increment((i % 2 === 0 ? one : other).state)),
    );
    assert.equal((await one.state.get('ns', 'count'))?.value, 40);
    assert.equal(new Set(results).size, 40);
  },
};

const allOrNothing: EngineCheck = {
  group,
  name: 'a transaction that throws leaves nothing, one that ends shows all at once and sees its own writes',
  async run(lab) {
    const { state } = await lab.open();
    await state.put('ns', 'kept', 1);
    await assert.rejects(
      state.transact(async (transaction) => {
        await transaction.put('ns', 'a', 1);
        await transaction.delete('ns', 'kept');
        await transaction.append('log', 1);
        throw new Error('no');
      }),
      /no/,
    );
    assert.deepEqual(await scanAll(state, 'ns', '', 10), ['kept']);
    assert.deepEqual(await scanAll(state, 'log', '', 10), []);
    const seen = await state.transact(async (transaction) => {
      await transaction.put('ns', 'b', 1);
      await transaction.put('ns', 'b', 2);
      await transaction.delete('ns', 'kept');
      await transaction.append('log', 'x');
      assert.equal(await transaction.put('ns', 'b', 3, { ifVersion: 1 }), 'conflict');
      const row = await transaction.get('ns', 'b');
      const { items } = await transaction.scan('ns', '');
      return { row, keys: items.map((item) => item.key), log: (await transaction.scan('log', '')).items.length };
    });
    assert.deepEqual(seen, { row: { key: 'b', value: 2, version: 2 }, keys: ['b'], log: 1 });
    assert.equal((await state.get('ns', 'b'))?.value, 2);
    assert.equal(await state.put('ns', 'b', 3, { ifVersion: 2 }), 3);
    assert.deepEqual(await scanAll(state, 'log', '', 10), [(await state.scan('log', '')).items[0]?.key]);
  },
};

const noticesChanges: EngineCheck = {
  group,
  name: 'a transaction runs again where what it read was changed before it ended',
  async run(lab) {
    const { state } = await lab.open();
    await state.put('ns', 'k', 'old');
    let runs = 0;
    const value = await state.transact(async (transaction) => {
      runs += 1;
      const row = await transaction.get('ns', 'k');
      if (runs === 1) {
        const overtaking = state.put('ns', 'k', 'new');
        // An engine may also let the other writer wait until the transaction has ended.
        await Promise.race([overtaking, delay(200)]);
      }
      await transaction.put('ns', 'copy', row?.value ?? null);
      return row?.value;
    });
    assert.equal((await state.get('ns', 'copy'))?.value, value);
    assert.ok(runs === 1 ? value === 'old' : value === 'new');
  },
};

const scansInOrder: EngineCheck = {
  group,
  name: 'scan gives the keys with a prefix in order, in pages of any size; special letters stand for themselves',
  async run(lab) {
    const { state } = await lab.open();
    const keys = ['a', 'a%', 'a*', 'a/1', 'a/10', 'a/2', 'a_', 'ab', 'b', 'A', 'ä', 'a[x]', "a'"];
    for (const key of keys) await state.put('ns', key, key);
    await state.put('ns2', 'a', 0);
    for (const limit of [1, 2, 5, 100]) {
      assert.deepEqual(await scanAll(state, 'ns', '', limit), keys.toSorted());
      assert.deepEqual(await scanAll(state, 'ns', 'a', limit), keys.filter((key) => key.startsWith('a')).toSorted());
      assert.deepEqual(await scanAll(state, 'ns', 'a%', limit), ['a%']);
      assert.deepEqual(await scanAll(state, 'ns', 'a/', limit), ['a/1', 'a/10', 'a/2']);
    }
  },
};

const appendsLogs: EngineCheck = {
  group,
  name: 'a log keeps every record in order of appending and is read from any cursor',
  async run(lab) {
    const { state } = await lab.open();
    const cursors: string[] = [];
    for (let i = 0; i < 30; i += 1) cursors.push(await state.append('log', { i }));
    assert.deepEqual(cursors, cursors.toSorted());
    assert.deepEqual(await scanAll(state, 'log', '', 7), cursors);
    const { items } = await state.scan('log', '', cursors[9], 100);
    assert.deepEqual(
      items.map((row) => (row.value as { i: number }).i),
      Array.from({ length: 20 }, (_, i) => i + 10),
    );
  },
};

const keepsBlobs: EngineCheck = {
  group,
  name: 'a blob comes back by the SHA-256 of its bytes',
  async run(lab) {
    const { state } = await lab.open();
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
    const hash = await state.putBlob(bytes);
    assert.equal(hash, createHash('sha256').update(bytes).digest('hex'));
    assert.equal(await state.putBlob(bytes), hash);
    const read = await state.getBlob(hash);
    assert.ok(read instanceof Uint8Array && Buffer.from(read).equals(Buffer.from(bytes)));
    assert.equal(await state.getBlob('0'.repeat(64)), undefined);
    assert.equal((await state.getBlob(await state.putBlob(new Uint8Array())))?.length, 0);
  },
};

/** The state that workers share. */
export const stateChecks: readonly EngineCheck[] = [
  countsVersions,
  keepsCopies,
  twoWriters,
  allOrNothing,
  noticesChanges,
  scansInOrder,
  appendsLogs,
  keepsBlobs,
];

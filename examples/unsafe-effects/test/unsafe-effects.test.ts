import { buildExample, runExample, type ExampleRun } from '@master-orchestrator/example-support/testing';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const base = mkdtempSync(join(tmpdir(), 'unsafe-'));

beforeAll(() => buildExample('unsafe-effects'), 240_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Runs the program; without a decision it is killed while it pays. */
const run = (folder: string, decision?: string): Promise<ExampleRun> =>
  decision === undefined
    ? runExample('unsafe-effects', { folder: base, args: [folder], killAt: 'paying' })
    : runExample('unsafe-effects', { folder: base, args: [folder, decision] });

it.each([
  ['paid', 1, /The bank says: .*checkedBy/],
  ['skip', 1, /EFFECT_UNKNOWN/],
  ['retry', 2, /The bank says: .*isPaid/],
])(
  'asks a person about a payment that was cut off; told "%s", there are %i payments',
  async (decision, payments, answer) => {
    const folder = join(base, decision);
    expect((await run(folder)).code).toBe(null);
    const { code, out } = await run(folder, decision);
    expect(code).toBe(0);
    expect(out).toMatch(/question: EFFECT_UNKNOWN|interrupted/);
    expect(out).toMatch(answer);
    const lines = readFileSync(join(folder, 'bank.txt'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(payments);
  },
  60_000,
);

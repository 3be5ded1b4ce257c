import { buildExample, runExample, type ExampleRun } from '@master-orchestrator/example-support/testing';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const base = mkdtempSync(join(tmpdir(), 'approval-'));

beforeAll(() => buildExample('approval'), 240_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Runs the program; `wait` is killed without notice once the question stands. */
const run = (folder: string, what: string): Promise<ExampleRun> =>
  runExample('approval', {
    folder: base,
    args: [folder, what],
    ...(what === 'wait' ? { killAt: 'wants to pay' } : {}),
  });

const questionIn = (out: string): string | undefined => out.split('\n').find((line) => line.includes('wants to pay'));

it.each([
  ['approve', /The bank says: .*isPaid/, 'Ada 12\n'],
  ['deny', /APPROVAL_DENIED/, undefined],
])(
  'asks the same question after a kill -9; told "%s", it does just that',
  async (what, answer, payments) => {
    const folder = join(base, what);
    const first = await run(folder, 'wait');
    expect(first.code).toBe(null);
    expect(existsSync(join(folder, 'bank.txt'))).toBe(false);
    const { code, out } = await run(folder, what);
    expect(code).toBe(0);
    expect(questionIn(out)).toBe(questionIn(first.out));
    expect(questionIn(out)).toMatch(/{"to":"Ada","amount":12}, hash [0-9a-f]{64}$/);
    expect(out).toMatch(answer);
    const file = join(folder, 'bank.txt');
    expect(existsSync(file) ? readFileSync(file, 'utf8') : undefined).toBe(payments);
    if (what === 'approve') expect(out).toContain('allow: approved by operator');
  },
  60_000,
);

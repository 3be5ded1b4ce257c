import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'durable-'));
const program = join(root, 'examples/durable-team/dist/main.js');

beforeAll(() => {
  const built = spawnSync('tsc', ['-b', 'examples/durable-team'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stdout + built.stderr);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
}

/** Runs the program; kills it once that many tasks have ended. */
function run(killAfter = Infinity): Promise<Ended> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
    if ((out.match(/ completed$/gm) ?? []).length >= killAfter) child.kill('SIGKILL');
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })));
}

it('ends with the same results however often it is killed, and does not do again what is done', async () => {
  const expected = Array.from({ length: 50 }, (_, index) => index + 3);
  const first = await run(10);
  expect(first.code).toBe(null);
  const second = await run(15);
  expect(second.code).toBe(null);
  const last = await run();
  expect(last.code).toBe(0);
  const results = [...last.out.matchAll(/^result ([\d.]+)$/gm)].map(([, value]) => Number(value));
  expect(results).toEqual(expected);
  const reused = Number(/^(\d+) of 50 results/m.exec(last.out)?.[1]);
  expect(reused).toBeGreaterThanOrEqual(20);
  const calls = Number(/^(\d+) model calls/m.exec(last.out)?.[1]);
  expect(calls).toBeLessThanOrEqual((50 - reused) * 2);
  const again = await run();
  expect(again.out).toContain('50 of 50 results were there already');
  expect(again.out).toContain('0 model calls in this start');
}, 120_000);

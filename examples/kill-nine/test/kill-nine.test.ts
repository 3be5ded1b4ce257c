import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');

beforeAll(() => {
  const built = spawnSync('tsc', ['-b', 'examples/kill-nine'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stdout + built.stderr);
}, 180_000);

interface Seen {
  readonly code: number | null;
  readonly out: string;
  readonly sum: Readonly<Record<string, unknown>>;
}

function run(...args: readonly string[]): Promise<Seen> {
  const program = join(root, 'examples/kill-nine/dist/main.js');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  return new Promise((resolve) =>
    child.on('close', (code) => {
      const sum = JSON.parse(out.split('\n').findLast((line) => line.startsWith('{')) ?? '{}') as Seen['sum'];
      resolve({ code, out, sum });
    }),
  );
}

const SAFE = { lost: 0, begunAfterCommit: 0, unsafeTwice: 0 };

it(
  'loses nothing and repeats nothing unsafe at 10 random moments, with three workers',
  { timeout: 300_000 },
  async () => {
    const { code, out, sum } = await run('--points', '10', '--jobs', '60', '--workers', '3');
    expect(sum, out).toMatchObject({ ...SAFE, kills: 10 });
    expect(Number(sum['met']), out).toBeGreaterThan(0);
    expect(code).toBe(0);
  },
);

it('stops in order, in time and without loss at every SIGTERM under load', { timeout: 300_000 }, async () => {
  const { code, out, sum } = await run('--points', '0', '--terms', '3');
  expect(sum, out).toMatchObject({ ...SAFE, endedTwice: 0, kills: 3 });
  expect(code).toBe(0);
});

it(
  'loses nothing at any named point, and asks about each unsafe call that was cut off',
  { timeout: 600_000 },
  async () => {
    const { code, out, sum } = await run('--points', '0', '--named');
    expect(sum, out).toMatchObject(SAFE);
    expect(Number(sum['asked'])).toBeGreaterThanOrEqual(1);
    expect(code).toBe(0);
  },
);

it('does the same on PostgreSQL', { timeout: 300_000 }, async () => {
  const { code, out, sum } = await run('--store', 'dbos', '--points', '2', '--jobs', '12');
  expect(sum, out).toMatchObject({ ...SAFE, kills: 2 });
  expect(code).toBe(0);
});

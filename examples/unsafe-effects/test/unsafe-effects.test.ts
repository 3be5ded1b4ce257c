import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const base = mkdtempSync(join(tmpdir(), 'unsafe-'));

beforeAll(() => {
  const built = spawnSync('tsc', ['-b', 'examples/unsafe-effects'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stdout + built.stderr);
}, 120_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

function run(folder: string, decision?: string): Promise<{ code: number | null; out: string }> {
  const program = join(root, 'examples/unsafe-effects/dist/main.js');
  const args = [
    '--disable-warning=ExperimentalWarning',
    program,
    folder,
    ...(decision === undefined ? [] : [decision]),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
    if (decision === undefined && out.includes('paying')) child.kill('SIGKILL');
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })));
}

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

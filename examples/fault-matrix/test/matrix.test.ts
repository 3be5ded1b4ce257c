import { FAULT_KINDS, type FaultKind } from '@master-orchestrator/testing';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isAsExpected, runMatrix, type MatrixReport } from '../src/matrix.js';

const root = join(import.meta.dirname, '..', '..', '..');

describe('two runs of each kind of fault', () => {
  let report: MatrixReport;
  beforeAll(async () => {
    report = await runMatrix({ runs: 2 });
  }, 240_000);

  it('are 38', () => {
    expect(FAULT_KINDS).toHaveLength(38);
    expect(report.rows.map(({ kind }) => kind)).toEqual(FAULT_KINDS.map(({ name }) => name));
  });

  it.each(FAULT_KINDS.map(({ name }, index) => [name, index] as const))(
    'end each task once, in the right category, and leave nothing behind: %s',
    (_name, index) => {
      const row = report.rows[index];
      expect(row?.problems).toEqual([]);
      expect(row?.got).toBe(row?.expected);
      expect(row?.tasks).toBeGreaterThanOrEqual(2);
    },
  );

  it('leave no rejection unhandled and the process with what it had', () => {
    expect(report.problems).toEqual([]);
    expect(isAsExpected(report)).toBe(true);
  });
});

it('tells a task that ends otherwise than expected', async () => {
  const real = FAULT_KINDS.find(({ name }) => name === 'http-400') as FaultKind;
  const wrong: FaultKind = { ...real, name: 'wrong', category: 'TOOL_ERROR', codes: ['TOOL_FAILED'] };
  const report = await runMatrix({ runs: 1, kinds: [wrong] });
  expect(isAsExpected(report)).toBe(false);
  const [row] = report.rows;
  expect(row).toMatchObject({ expected: 'failed TOOL_ERROR; once: completed', got: 'failed VALIDATION_ERROR' });
  expect(row?.problems).toEqual([
    'lasting, plain responses: failed VALIDATION_ERROR instead of failed TOOL_ERROR (REQUEST_INVALID)',
    'lasting, plain responses: first failure REQUEST_INVALID instead of TOOL_FAILED (REQUEST_INVALID)',
    'passing, plain responses: failed VALIDATION_ERROR instead of completed (REQUEST_INVALID)',
    'passing, plain responses: first failure REQUEST_INVALID instead of TOOL_FAILED (REQUEST_INVALID)',
  ]);
});

describe('the program', () => {
  const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } => {
    const main = join(root, 'examples/fault-matrix/dist/main.js');
    return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  };
  beforeAll(() => {
    const built = spawnSync('tsc', ['-b', 'examples/fault-matrix'], { cwd: root, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stdout + built.stderr);
  }, 120_000);

  it('prints a table and ends with 0 where all is as expected', () => {
    const { status, stdout, stderr } = run('--runs', '3', '--only', 'http-503,refused');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^kind +expected +got +tasks {2}ok\n/);
    expect(stdout).toMatch(/^refused +failed NETWORK_ERROR +failed NETWORK_ERROR +3 {2}yes$/m);
    expect(stdout).toMatch(/^http-503 .*once: completed +6 {2}yes$/m);
    expect(stdout).toContain('2 kinds, 9 tasks, 0 kinds not as expected');
    expect(status).toBe(0);
  });

  it('ends with 2 and says how it is used where it does not understand', () => {
    const { status, stderr } = run('--only', 'http-999');
    expect(stderr).toContain('There is no kind of fault "http-999".');
    expect(status).toBe(2);
    expect(run('--runs', 'many').status).toBe(2);
    expect(run('--run', '1').status).toBe(2);
  });
});

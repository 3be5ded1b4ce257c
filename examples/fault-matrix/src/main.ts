import { FAULT_KINDS } from '@master-orchestrator/testing';
import { parseArgs } from 'node:util';
import { isAsExpected, runMatrix, type MatrixRow } from './matrix.js';

const USAGE = `Usage: npm run faults -- [--runs 2] [--only kind,kind] [--at-once 24]

  --runs      runs of each kind of fault; each run is a task that always meets it and one that meets it once
  --only      names of kinds, such as http-503,silence
  --at-once   tasks at the same time`;

const WIDTHS = [22, 41] as const;

process.exitCode = await main(process.argv.slice(2));

/** 0: all as expected; 1: something was not; 2: usage. */
async function main(argv: readonly string[]): Promise<number> {
  const options = read(argv);
  if (typeof options === 'string') {
    (options === USAGE ? console.log : console.error)(options);
    return options === USAGE ? 0 : 2;
  }
  console.log(line('kind', 'expected', 'got', 'tasks', 'ok'));
  const report = await runMatrix({ ...options, onRow: print });
  const { rows, problems } = report;
  for (const problem of problems) console.log(`process: ${problem}`);
  const bad = rows.filter((row) => row.problems.length > 0).length;
  const tasks = rows.reduce((sum, row) => sum + row.tasks, 0);
  console.log(`${rows.length} kinds, ${tasks} tasks, ${bad} kinds not as expected`);
  return isAsExpected(report) ? 0 : 1;
}

function read(argv: readonly string[]): { runs: number; atOnce: number; kinds: typeof FAULT_KINDS } | string {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args: [...argv],
      options: { runs: text, only: text, 'at-once': text, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) return USAGE;
    const [runs, atOnce] = [Number(values.runs ?? 2), Number(values['at-once'] ?? 24)];
    if (![runs, atOnce].every((number) => Number.isInteger(number) && number > 0)) {
      return `--runs and --at-once take whole numbers from 1 on.\n\n${USAGE}`;
    }
    const names = values.only?.split(',');
    const unknown = names?.find((name) => !FAULT_KINDS.some((kind) => kind.name === name));
    if (unknown !== undefined) return `There is no kind of fault "${unknown}".\n\n${USAGE}`;
    return { runs, atOnce, kinds: FAULT_KINDS.filter(({ name }) => names?.includes(name) ?? true) };
  } catch (error) {
    return `${(error as Error).message}\n\n${USAGE}`;
  }
}

function print({ kind, expected, got, tasks, problems }: MatrixRow): void {
  console.log(line(kind, expected, got, String(tasks), problems.length === 0 ? 'yes' : 'NO'));
  for (const problem of problems) console.log(`    ${problem}`);
}

function line(kind: string, expected: string, got: string, tasks: string, ok: string): string {
  return [kind.padEnd(WIDTHS[0]), expected.padEnd(WIDTHS[1]), got.padEnd(WIDTHS[1]), tasks.padStart(5), ok].join('  ');
}

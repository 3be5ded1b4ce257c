import { FAULT_KINDS, type FaultKind } from '@master-orchestrator/testing';
import { expectationOf, inWords, legsOf, type Leg } from './expectation.js';
import { runFault, type FaultCase, type FaultReport } from './fault-run.js';
import { ProcessWatch } from './process-watch.js';

/** What is run. */
export interface MatrixOptions {
  /** Runs of each kind; each is one task per leg. */ readonly runs: number;
  /** @default all of them */ readonly kinds?: readonly FaultKind[];
  /** Tasks at once, each with an orchestrator of its own. @default 24 */ readonly atOnce?: number;
  /** Told of each kind as soon as its last run has ended, in the order of the kinds. */
  readonly onRow?: (row: MatrixRow) => void;
}

/** How all runs of one kind went. */
export interface MatrixRow {
  readonly kind: string;
  readonly expected: string;
  readonly got: string;
  readonly tasks: number;
  /** What was not as it must be, each once, with its number. */ readonly problems: readonly string[];
}

/** How everything went. */
export interface MatrixReport {
  readonly rows: readonly MatrixRow[];
  /** What concerns the process as a whole: unhandled rejections, timers and sockets left. */
  readonly problems: readonly string[];
}

/** The first two cover both ways of answering and both formats. */
const WAYS = [
  { mode: 'plain', api: 'responses' },
  { mode: 'stream', api: 'chat' },
  { mode: 'stream', api: 'responses' },
  { mode: 'plain', api: 'chat' },
] as const;

/** Runs every kind of fault and tells how each went. */
export async function runMatrix(options: MatrixOptions): Promise<MatrixReport> {
  const { runs, kinds = FAULT_KINDS, atOnce = 24, onRow } = options;
  const watch = new ProcessWatch();
  const pool = new Pool(atOnce);
  const groups = kinds.map((kind) => ({
    kind,
    reports: casesOf(kind, runs).map((faultCase) => pool.run(() => runFault(faultCase))),
  }));
  const rows: MatrixRow[] = [];
  for (const { kind, reports } of groups) {
    const row = rowOf(kind, await Promise.all(reports));
    rows.push(row);
    onRow?.(row);
  }
  return { rows, problems: await watch.end() };
}

/** True where every task ended as it must and nothing was left behind. */
export function isAsExpected({ rows, problems }: MatrixReport): boolean {
  return problems.length === 0 && rows.every((row) => row.problems.length === 0);
}

function casesOf(kind: FaultKind, runs: number): FaultCase[] {
  const ways = WAYS.filter(({ mode }) => kind.modes.includes(mode));
  return Array.from({ length: runs }, (_, index) => ways[index % ways.length] ?? WAYS[0]).flatMap((way) =>
    legsOf(kind).map((leg) => ({ kind, leg, ...way })),
  );
}

function rowOf(kind: FaultKind, reports: readonly FaultReport[]): MatrixRow {
  const legs = legsOf(kind);
  const perLeg = (words: (leg: Leg) => string): string => [...new Set(legs.map(words))].join('; once: ');
  const problems = reports.flatMap(({ case: { leg, mode, api }, code, problems: found }) =>
    found.map((problem) => `${leg}, ${mode} ${api}: ${problem}${code === undefined ? '' : ` (${code})`}`),
  );
  return {
    kind: kind.name,
    expected: perLeg((leg) => inWords(expectationOf(kind, leg))),
    got: perLeg((leg) => counted(reports.filter((each) => each.case.leg === leg).map(({ got }) => got))),
    tasks: reports.length,
    problems: [...tally(problems)].map(([problem, count]) => (count === 1 ? problem : `${problem} (${count} times)`)),
  };
}

/** Equal ends once; different ones each with their number. */
function counted(ends: readonly string[]): string {
  const counts = [...tally(ends)];
  return counts.length === 1 ? (ends[0] ?? '') : counts.map(([end, count]) => `${count} ${end}`).join(', ');
}

function tally(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Runs so many at once, in order. */
class Pool {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(size: number) {
    this.#free = size;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

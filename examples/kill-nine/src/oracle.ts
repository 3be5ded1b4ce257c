import type { Mark } from './marks.js';

/** What the log of side effects says. The first three must be 0. */
export interface Report {
  /** Jobs without the answer of an undisturbed run, each with what became of it. */ readonly lost: readonly string[];
  /** Bodies begun after what they gave had been kept. */ readonly begunAfterCommit: number;
  /** Unsafe calls that ran twice though nobody had said so, or changed idempotency keys. */ readonly unsafeTwice: number;
  /** Steps that ended twice: the window between body and commit. */ readonly endedTwice: number;
  /** Questions to a person about calls in doubt. */ readonly asked: number;
  /** Processes killed, or told to stop. */ readonly kills: number;
  /** Jobs that were under way in a worker when it was killed. */ readonly met: number;
}

export const NOTHING: Report = {
  lost: [],
  begunAfterCommit: 0,
  unsafeTwice: 0,
  endedTwice: 0,
  asked: 0,
  kills: 0,
  met: 0,
};

/** Counts what must not happen. `begunAgain`: unsafe calls that a person let run again. */
export function judge(
  marks: readonly Mark[],
  begunAgain: ReadonlySet<number>,
): Pick<Report, 'begunAfterCommit' | 'unsafeTwice' | 'endedTwice'> {
  const committed = new Set<string>();
  const begins = new Map<string, number>();
  const ends = new Map<string, number>();
  const keys = new Map<string, Set<string>>();
  let begunAfterCommit = 0;
  for (const { kind, job, step, key } of marks) {
    const name = `${job} ${step}`;
    if (kind === 'C') committed.add(name);
    if (kind === 'B' && committed.has(name)) begunAfterCommit += 1;
    if (kind === 'B') begins.set(name, (begins.get(name) ?? 0) + 1);
    if (kind === 'E') ends.set(name, (ends.get(name) ?? 0) + 1);
    if (kind === 'B' && key !== '') keys.set(name, (keys.get(name) ?? new Set()).add(key));
  }
  const twice = [...begins].filter(([name, count]) => isUnsafe(name) && count > 1);
  const unasked = twice.filter(([name]) => !begunAgain.has(Number.parseInt(name, 10)) || (ends.get(name) ?? 0) > 1);
  const changedKeys = [...keys.values()].filter((each) => each.size > 1).length;
  return {
    begunAfterCommit,
    unsafeTwice: unasked.length + changedKeys,
    endedTwice: [...ends.values()].filter((count) => count > 1).length,
  };
}

/** Names are `<job> <step>`. */
function isUnsafe(name: string): boolean {
  return name.includes(' unsafe-');
}

export function add(left: Report, right: Report): Report {
  return {
    lost: [...left.lost, ...right.lost],
    begunAfterCommit: left.begunAfterCommit + right.begunAfterCommit,
    unsafeTwice: left.unsafeTwice + right.unsafeTwice,
    endedTwice: left.endedTwice + right.endedTwice,
    asked: left.asked + right.asked,
    kills: left.kills + right.kills,
    met: left.met + right.met,
  };
}

/** True where nothing was lost and nothing repeated that must not be. */
export function isSafe({ lost, begunAfterCommit, unsafeTwice }: Report): boolean {
  return lost.length === 0 && begunAfterCommit === 0 && unsafeTwice === 0;
}

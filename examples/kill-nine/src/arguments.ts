import { parseArgs } from 'node:util';
import type { StoreName } from './team.js';

/** How to call it. */
export const USAGE = `Usage: npm run crash -- [--store sqlite] [--points 4] [--jobs 30] [--workers 2] [--seed 1] [--named] [--terms 0]

  --store     sqlite or dbos
  --points    random moments at which a worker is killed
  --jobs      jobs at work meanwhile
  --workers   processes that do them
  --seed      another one gives other moments
  --named     also each named point, once
  --terms     rounds of SIGTERM under load`;

/** What is to be done. */
export interface Orders {
  readonly store: StoreName;
  readonly points: number;
  readonly jobs: number;
  readonly workers: number;
  readonly seed: number;
  readonly named: boolean;
  readonly terms: number;
}

/** The orders of a command line, or what to say instead: {@link USAGE}, or what is wrong. */
export function readOrders(argv: readonly string[]): Orders | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        store: text('sqlite'),
        points: text('4'),
        jobs: text('30'),
        workers: text('2'),
        seed: text('1'),
        terms: text('0'),
        named: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return USAGE;
    const { store, named } = values;
    if (store !== 'sqlite' && store !== 'dbos') return wrong(`--store is sqlite or dbos, and not "${store}".`);
    const count = (name: 'points' | 'jobs' | 'workers' | 'seed' | 'terms', least: number): number => {
      const number = Number(values[name]);
      if (Number.isInteger(number) && number >= least) return number;
      throw new Error(`--${name} takes a whole number from ${least} on, and not "${values[name]}".`);
    };
    const [points, terms, seed] = [count('points', 0), count('terms', 0), count('seed', 0)];
    return { store, named, points, terms, seed, jobs: count('jobs', 1), workers: count('workers', 1) };
  } catch (error) {
    return wrong((error as Error).message);
  }
}

function text(value: string): { readonly type: 'string'; readonly default: string } {
  return { type: 'string', default: value };
}

function wrong(problem: string): string {
  return `${problem}\n\n${USAGE}`;
}

import { expect, it } from 'vitest';
import { readOrders, USAGE } from '../src/arguments.js';

it('reads what is to be done, and has an answer for everything left out', () => {
  expect(readOrders([])).toEqual({ store: 'sqlite', points: 4, jobs: 30, workers: 2, seed: 1, named: false, terms: 0 });
  expect(readOrders(['--store', 'dbos', '--points', '0', '--terms', '100', '--named'])).toMatchObject({
    store: 'dbos',
    points: 0,
    terms: 100,
    named: true,
  });
});

it('tells how to call it', () => {
  expect(readOrders(['--help'])).toBe(USAGE);
});

it.each([
  [['--nope'], "Unknown option '--nope'"],
  [['--store', 'postgres'], '--store is sqlite or dbos, and not "postgres".'],
  [['--points', 'many'], '--points takes a whole number from 0 on, and not "many".'],
  [['--workers', '0'], '--workers takes a whole number from 1 on, and not "0".'],
])('says what is wrong with %j, and how to call it', (argv, problem) => {
  const told = readOrders(argv);
  expect(told).toContain(problem);
  expect(told).toContain(USAGE);
});

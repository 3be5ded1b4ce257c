import { describe, expect, it } from 'vitest';
import { seededIds, seededRandom } from '../src/index.js';

const take = (count: number, next: () => number): number[] => Array.from({ length: count }, next);

describe('seededRandom', () => {
  it('gives the same numbers for the same seed', () => {
    expect(take(20, seededRandom('a'))).toEqual(take(20, seededRandom('a')));
  });

  it('gives other numbers for another seed', () => {
    expect(take(20, seededRandom(1))).not.toEqual(take(20, seededRandom(2)));
  });

  it('stays in [0, 1) and is even over ten classes', () => {
    const counts = Array.from({ length: 10 }, () => 0);
    const values = take(100_000, seededRandom(7));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    for (const value of values) {
      const index = Math.floor(value * 10);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    // Chi-squared with 9 degrees of freedom: 27.9 is passed once in a thousand seeds.
    const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquared).toBeLessThan(27.9);
  });
});

describe('seededIds', () => {
  it('gives the same ids for the same seed', () => {
    const [first, second] = [seededIds(1), seededIds(1)];
    expect([first('task'), first('task'), first('run')]).toEqual([second('task'), second('task'), second('run')]);
  });

  it('does not let one kind change the ids of another', () => {
    const [first, second] = [seededIds(1), seededIds(1)];
    first('agent');
    first('agent');
    expect(first('task')).toBe(second('task'));
  });

  it('names the kind and repeats no id', () => {
    const createId = seededIds('x');
    const ids = take(2_000, () => 0).map(() => createId('call'));
    expect(new Set(ids).size).toBe(2_000);
    expect(ids[0]).toMatch(/^call_[0-9a-z]{12}$/);
  });
});

/**
 * Sum of `count` terms with the error of every addition carried along (Neumaier, "Rundungsfehleranalyse einiger
 * Verfahren zur Summation endlicher Summen", ZAMM 54, 1974), so that large and small terms mix without loss.
 */
export function sumOf(count: number, term: (index: number) => number): number {
  let sum = 0;
  let lost = 0;
  for (let index = 0; index < count; index += 1) {
    const value = term(index);
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return Number.isFinite(lost) ? sum + lost : sum;
}

/** Element of a column that is known to be long enough. */
export function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN;
}

/** Sums over one column that most metrics are made of. */
export interface Moments {
  readonly count: number;
  readonly sum: number;
  readonly mean: number;
  /** Sums of the deviations from the mean to the powers 2, 3 and 4. */ readonly deviations2: number;
  readonly deviations3: number;
  readonly deviations4: number;
}

/**
 * Mean first, then the powers of the deviations from it, corrected for the rounding of the mean (Chan, Golub and
 * LeVeque, "Algorithms for Computing the Sample Variance", The American Statistician 37, 1983).
 */
export function momentsOf(values: Float64Array): Moments {
  const count = values.length;
  const sum = sumOf(count, (index) => at(values, index));
  const mean = sum / count;
  const powers = (power: 1 | 2 | 3 | 4): number => sumOf(count, (index) => (at(values, index) - mean) ** power);
  const rest = powers(1);
  return {
    count,
    sum,
    mean,
    deviations2: Math.max(0, powers(2) - rest ** 2 / count),
    deviations3: powers(3),
    deviations4: powers(4),
  };
}

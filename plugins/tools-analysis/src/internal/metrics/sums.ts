/**
 * Sum with the error of every addition carried along (Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation
 * endlicher Summen", ZAMM 54, 1974), so that large and small terms mix without loss.
 */
export function sumOf(values: Float64Array): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return Number.isFinite(lost) ? sum + lost : sum;
}

/** Sum of the products of two columns, summed as in {@link sumOf}; the shorter one counts. */
export function sumOfProducts(a: Float64Array, b: Float64Array): number {
  const length = Math.min(a.length, b.length);
  let sum = 0;
  let lost = 0;
  for (let index = 0; index < length; index += 1) {
    const value = at(a, index) * at(b, index);
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
  /** Each value less the mean. */ readonly deviations: Float64Array;
  /** Sums of the deviations to the powers 2, 3 and 4. */ readonly power2: number;
  readonly power3: number;
  readonly power4: number;
}

/**
 * Mean first, then the powers of the deviations from it, corrected for the rounding of the mean (Chan, Golub and
 * LeVeque, "Algorithms for Computing the Sample Variance", The American Statistician 37, 1983).
 */
export function momentsOf(values: Float64Array): Moments {
  const count = values.length;
  const sum = sumOf(values);
  const mean = sum / count;
  const deviations = values.map((value) => value - mean);
  const squares = deviations.map((deviation) => deviation * deviation);
  return {
    count,
    sum,
    mean,
    deviations,
    power2: Math.max(0, sumOf(squares) - sumOf(deviations) ** 2 / count),
    power3: sumOfProducts(squares, deviations),
    power4: sumOfProducts(squares, squares),
  };
}

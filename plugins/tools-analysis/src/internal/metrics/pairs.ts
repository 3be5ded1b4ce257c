import type { Column } from './column-reader.js';
import type { Regression } from './metric-schemas.js';
import { momentsOf, sumOfProducts, type Moments } from './sums.js';

/** A column with what its pairs share. */
export interface PreparedColumn extends Column {
  /** Absent where values are missing: then each pair has its own. */ readonly moments?: Moments;
}

/** How two columns go together. */
export interface Pair {
  /** Pearson's correlation; null where one of them does not vary, or fewer than 2 pairs are there. */
  readonly correlation: number | null;
  readonly regression: Regression | undefined;
}

/** Does once what all pairs of a column need. */
export function prepare(column: Column): PreparedColumn {
  const hasGaps = column.values.some(Number.isNaN);
  return hasGaps ? column : { ...column, moments: momentsOf(column.values) };
}

/** Compares two columns row by row; rows in which one value is missing are left out. */
export function pairOf(x: PreparedColumn, y: PreparedColumn): Pair {
  if (x.values.length !== y.values.length) return { correlation: null, regression: undefined };
  const [a, b] = momentsOfPair(x, y);
  if (a.count < 2) return { correlation: null, regression: undefined };
  const products = sumOfProducts(a.deviations, b.deviations);
  const correlation = bounded(products / Math.sqrt(a.power2) / Math.sqrt(b.power2));
  return { correlation, regression: lineOf([x.name, y.name], a, b, products) };
}

function momentsOfPair(x: PreparedColumn, y: PreparedColumn): readonly [Moments, Moments] {
  if (x.moments !== undefined && y.moments !== undefined) return [x.moments, y.moments];
  const isComplete = (index: number): boolean => !Number.isNaN(x.values[index]) && !Number.isNaN(y.values[index]);
  const complete = ({ values }: Column): Moments => momentsOf(values.filter((_, index) => isComplete(index)));
  return [complete(x), complete(y)];
}

function lineOf([x, y]: readonly [string, string], a: Moments, b: Moments, products: number): Regression | undefined {
  const slope = products / a.power2;
  const intercept = b.mean - slope * a.mean;
  const residual = Math.max(0, b.power2 - slope * products);
  const rSquared = b.power2 === 0 ? 1 : Math.min(1, slope * (products / b.power2));
  if (![slope, intercept, residual, rSquared].every(Number.isFinite)) return undefined;
  const residualStandardError = a.count < 3 ? null : Math.sqrt(residual / (a.count - 2));
  return { x, y, count: a.count, slope, intercept, rSquared, residualStandardError };
}

/** Rounding may lead a hair beyond 1. */
function bounded(correlation: number): number | null {
  return Number.isFinite(correlation) ? Math.max(-1, Math.min(1, correlation)) : null;
}

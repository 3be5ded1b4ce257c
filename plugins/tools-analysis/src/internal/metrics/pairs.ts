import type { Column } from './column-reader.js';
import type { Regression } from './metric-schemas.js';
import { at, sumOf } from './sums.js';

/** How two columns go together. */
export interface Pair {
  readonly x: Column;
  readonly y: Column;
  /** Pearson's correlation; null where one of them does not vary, or fewer than 2 pairs are there. */
  readonly correlation: number | null;
  readonly regression: Regression | undefined;
}

/** Compares two columns row by row; rows in which one value is missing are left out. */
export function pairOf(x: Column, y: Column): Pair {
  if (x.values.length !== y.values.length) return { x, y, correlation: null, regression: undefined };
  const [xs, ys] = completePairs(x.values, y.values);
  const n = xs.length;
  const meanX = sumOf(n, (index) => at(xs, index)) / n;
  const meanY = sumOf(n, (index) => at(ys, index)) / n;
  const sumXx = sumOf(n, (index) => (at(xs, index) - meanX) ** 2);
  const sumYy = sumOf(n, (index) => (at(ys, index) - meanY) ** 2);
  const sumXy = sumOf(n, (index) => (at(xs, index) - meanX) * (at(ys, index) - meanY));
  const correlation = n < 2 ? null : bounded(sumXy / Math.sqrt(sumXx) / Math.sqrt(sumYy));
  return { x, y, correlation, regression: lineOf({ x, y, n, meanX, meanY, sumXx, sumYy, sumXy }) };
}

function completePairs(xs: Float64Array, ys: Float64Array): readonly [Float64Array, Float64Array] {
  const isComplete = (index: number): boolean => !Number.isNaN(at(xs, index)) && !Number.isNaN(at(ys, index));
  return [xs.filter((_, index) => isComplete(index)), ys.filter((_, index) => isComplete(index))];
}

interface PairSums {
  readonly x: Column;
  readonly y: Column;
  readonly n: number;
  readonly meanX: number;
  readonly meanY: number;
  readonly sumXx: number;
  readonly sumYy: number;
  readonly sumXy: number;
}

function lineOf({ x, y, n, meanX, meanY, sumXx, sumYy, sumXy }: PairSums): Regression | undefined {
  if (n < 2 || sumXx === 0) return undefined;
  const slope = sumXy / sumXx;
  const intercept = meanY - slope * meanX;
  const residual = Math.max(0, sumYy - slope * sumXy);
  const rSquared = sumYy === 0 ? 1 : Math.min(1, (sumXy / sumXx) * (sumXy / sumYy));
  if (![slope, intercept, residual, rSquared].every(Number.isFinite)) return undefined;
  const residualStandardError = n < 3 ? null : Math.sqrt(residual / (n - 2));
  return { x: x.name, y: y.name, count: n, slope, intercept, rSquared, residualStandardError };
}

/** Rounding may lead a hair beyond 1. */
function bounded(correlation: number): number | null {
  return Number.isFinite(correlation) ? Math.max(-1, Math.min(1, correlation)) : null;
}

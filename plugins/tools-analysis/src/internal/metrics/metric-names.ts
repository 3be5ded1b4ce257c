/** What can be asked for by name. The number of values is always told. */
export const METRIC_NAMES = [
  'sum',
  'mean',
  'median',
  'mode',
  'min',
  'max',
  'range',
  'variance',
  'standardDeviation',
  'quartiles',
  'percentiles',
  'skewness',
  'kurtosis',
  'autocorrelation',
  'outliers',
  'histogram',
  'correlation',
  'regression',
] as const;

/** One of {@link METRIC_NAMES}. */
export type MetricName = (typeof METRIC_NAMES)[number];

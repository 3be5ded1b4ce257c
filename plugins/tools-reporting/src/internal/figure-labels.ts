/** Words for the figures that are known, in the order of a report. */
const LABELS: ReadonlyMap<string, string> = new Map([
  ['count', 'Count'],
  ['missing', 'Missing'],
  ['sum', 'Sum'],
  ['mean', 'Mean'],
  ['median', 'Median'],
  ['modes', 'Mode'],
  ['modeFrequency', 'Occurrences of the mode'],
  ['min', 'Minimum'],
  ['max', 'Maximum'],
  ['range', 'Range'],
  ['sampleStandardDeviation', 'Standard deviation (sample)'],
  ['populationStandardDeviation', 'Standard deviation (population)'],
  ['sampleVariance', 'Variance (sample)'],
  ['populationVariance', 'Variance (population)'],
  ['quartiles.q1', 'First quartile (Q1)'],
  ['quartiles.q2', 'Second quartile (Q2, median)'],
  ['quartiles.q3', 'Third quartile (Q3)'],
  ['interquartileRange', 'Interquartile range'],
  ['skewness', 'Skewness (G1)'],
  ['kurtosis', 'Excess kurtosis (G2)'],
  ['lag1Autocorrelation', 'Autocorrelation (lag 1)'],
  ['outliers', 'Outliers (Tukey)'],
]);

const ORDER = [...LABELS.keys()];

/** What readers call a figure: `sampleVariance` is "Variance (sample)", `net_income` is "Net income". */
export function labelOf(key: string): string {
  const known = LABELS.get(key);
  if (known !== undefined) return known;
  const words = key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_.\s]+/g, ' ')
    .trim();
  return words === '' ? key : words.charAt(0).toUpperCase() + words.slice(1);
}

/** Known figures first, in the order of a report; the others as they come. */
export function inReadingOrder(keys: Iterable<string>): readonly string[] {
  return [...keys].sort((a, b) => rank(a) - rank(b));
}

function rank(key: string): number {
  const index = ORDER.indexOf(key);
  return index < 0 ? ORDER.length : index;
}

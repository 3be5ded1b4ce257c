import { formatNumber, listWords } from './format-number.js';
import { figureOf, type Figures, type Metrics, type Relation } from './read-metrics.js';

const MOST_OUTLIERS = 10;

/** One line a column: its figures. */
export function metricLines({ columns }: Metrics): string[] {
  return columns.map((column) => {
    const told = column.figures.map(([label, value]) => `${label} ${formatNumber(value)}`);
    const figures = [...told, ...outlierWords(column)].join(', ');
    return column.name === undefined ? figures : `${column.name}: ${figures}`;
  });
}

function outlierWords({ outliers }: Figures): string[] {
  if (outliers === undefined) return [];
  if (outliers.length === 0) return ['no outliers'];
  const shown = outliers.slice(0, MOST_OUTLIERS).map(formatNumber);
  const more = outliers.length > shown.length ? [`${outliers.length - shown.length} more`] : [];
  return [`${outliers.length === 1 ? 'outlier' : 'outliers'} ${listWords([...shown, ...more])}`];
}

/** One line a pair of columns; the strongest first. */
export function relationLines({ relations }: Metrics): string[] {
  return [...relations].sort((x, y) => Math.abs(y.r) - Math.abs(x.r)).map(relationLine);
}

/** One sentence a column, for the head of a report. */
export function metricSentences(metrics: Metrics): string[] {
  const sentences = metrics.columns.map(sentenceOf).filter((sentence) => sentence !== '');
  const [strongest] = relationLines(metrics);
  return strongest === undefined ? sentences : [...sentences, `${strongest}.`];
}

function sentenceOf(column: Figures): string {
  const part = (name: string, words: string): string[] => {
    const value = figureOf(column, name);
    return value === undefined ? [] : [`${words} ${formatNumber(value)}`];
  };
  const count = figureOf(column, 'count');
  const spread = [
    ...part('standard deviation (sample)', 'sample standard deviation'),
    ...part('standard deviation', 'standard deviation'),
  ];
  const parts = [
    ...part('mean', 'a mean of'),
    ...part('median', 'a median of'),
    ...spread.map((text) => text.replace('deviation ', 'deviation of ')).map((text) => `a ${text}`),
  ];
  if (parts.length === 0) return '';
  const who = column.name ?? (count === undefined ? 'The data' : 'The dataset');
  const howMany = count === undefined ? 'has' : `has ${formatNumber(count)} ${count === 1 ? 'value' : 'values'} with`;
  return `${who} ${howMany} ${listWords(parts)}.`;
}

function relationLine({ a, b, r }: Relation): string {
  const pair = a === '' ? 'Correlation' : b === '' ? `Correlation of ${a}` : `Correlation of ${a} and ${b}`;
  return `${pair}: ${formatNumber(r)} (${strengthOf(r)})`;
}

/** The usual words for the size of a correlation (Evans, "Straightforward Statistics for the Behavioral Sciences", 1996). */
function strengthOf(r: number): string {
  const size = Math.abs(r);
  const word =
    size >= 0.8
      ? 'very strong'
      : size >= 0.6
        ? 'strong'
        : size >= 0.4
          ? 'moderate'
          : size >= 0.2
            ? 'weak'
            : 'very weak';
  return `${word} ${r < 0 ? 'negative' : 'positive'}`;
}

import type { Json } from '@master-orchestrator/errors';
import type { Dataset } from './dataset.js';

/** A column with the name it goes by. */
export interface NamedColumn {
  readonly label: string;
  /** False where the source gives no name. */ readonly isNamed: boolean;
  /** `null` where a record has no value. */ readonly values: readonly (number | null)[];
}

/** The columns with names of their own: `series 1` where the source gives none, and no name twice. */
export function namedColumns(dataset: Dataset): NamedColumn[] {
  const used = new Map<string, number>();
  const isAlone = dataset.columns.length === 1;
  return dataset.columns.map((column, at) => {
    const label = column.label ?? (isAlone ? 'values' : `series ${at + 1}`);
    const times = (used.get(label) ?? 0) + 1;
    used.set(label, times);
    const values = column.values.map((value) => value ?? null);
    return { label: times === 1 ? label : `${label} (${times})`, isNamed: column.label !== undefined, values };
  });
}

/** The ways to write a dataset as JSON that keep all of its numbers, the plainest first; gaps as `null` or left out. */
export function dataForms(dataset: Dataset): Json[] {
  const named = namedColumns(dataset);
  const hasGaps = named.some(({ values }) => values.includes(null));
  return hasGaps ? [...formsOf(named), ...formsOf(named.map(withoutGaps))] : formsOf(named);
}

function formsOf(named: readonly NamedColumn[]): Json[] {
  const [first] = named;
  if (first === undefined) return [];
  const byName: Json = Object.fromEntries(named.map(({ label, values }) => [label, [...values]]));
  const rows = rowsOf(named);
  const lists: Json = named.map(({ values }) => [...values]);
  const many: Json[] = [byName, ...(rows === undefined ? [] : [rows]), lists, csvOf(named)];
  if (named.length > 1) return many;
  return first.isNamed ? [byName, [...first.values], ...many] : [[...first.values], ...many];
}

function withoutGaps({ values, ...head }: NamedColumn): NamedColumn {
  return { ...head, values: values.filter((value) => value !== null) };
}

/** One record a row; only where all columns are of one length. */
function rowsOf(named: readonly NamedColumn[]): Json | undefined {
  const length = named[0]?.values.length ?? 0;
  if (named.some(({ values }) => values.length !== length)) return undefined;
  return Array.from({ length }, (_, row) =>
    Object.fromEntries(named.map(({ label, values }) => [label, values[row] ?? null])),
  );
}

function csvOf(named: readonly NamedColumn[]): string {
  const length = Math.max(...named.map(({ values }) => values.length));
  const lines = Array.from({ length }, (_, row) => named.map(({ values }) => values[row] ?? '').join(','));
  return [named.map(({ label }) => (/[",\n]/.test(label) ? JSON.stringify(label) : label)).join(','), ...lines].join(
    '\n',
  );
}

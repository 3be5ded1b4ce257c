import { columnsOf, type Dataset } from '../data/dataset.js';
import type { Material, Result } from './material.js';
import { isTakenUp } from './seed.js';

/** What the numbers of a call are called: the file they are from, or their column. */
export function subjectOf({ call }: Result, { datasets }: Pick<Material, 'datasets'>): string | undefined {
  const args = call.arguments ?? null;
  const whole = datasets.find((dataset) => isTakenUp({ kind: 'dataset', dataset }, args));
  if (whole !== undefined) return whole.name ?? (whole.columns.length === 1 ? whole.columns[0]?.label : undefined);
  return datasets.flatMap(columnsWithFile).find(({ dataset }) => isTakenUp({ kind: 'dataset', dataset }, args))?.name;
}

function columnsWithFile(dataset: Dataset): { dataset: Dataset; name: string }[] {
  return columnsOf(dataset).map((column) => {
    const label = column.columns[0]?.label ?? 'values';
    return { dataset: column, name: dataset.name === undefined ? label : `${label} (${dataset.name})` };
  });
}

import { excerpt } from './format.js';
import { table } from './table.js';

type Schema = Readonly<Record<string, unknown>>;

/** The fields of an object's JSON Schema, a line each: name, type, whether it is needed, what it is for. */
export function fieldLines(schema: Schema): string[] {
  const fields = schema['properties'];
  if (typeof fields !== 'object' || fields === null) return ['none'];
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as unknown[]) : []);
  const rows = Object.entries(fields as Record<string, Schema>).map(([name, field]) => [
    name,
    excerpt(typeWords(field), 40),
    required.has(name) && field['default'] === undefined ? 'needed' : defaultWords(field),
    excerpt(typeof field['description'] === 'string' ? field['description'] : '', 100),
  ]);
  return rows.length === 0 ? ['none'] : table(['NAME', 'TYPE', 'DEFAULT', 'MEANING'], rows);
}

function typeWords(field: Schema): string {
  if (Array.isArray(field['enum'])) return field['enum'].map(String).join(' | ');
  if (field['const'] !== undefined) return JSON.stringify(field['const']);
  const union = field['anyOf'] ?? field['oneOf'];
  if (Array.isArray(union)) return [...new Set(union.map((each) => typeWords(each as Schema)))].join(' or ');
  if (field['type'] === 'array') return `list of ${typeWords((field['items'] ?? {}) as Schema)}`;
  return typeof field['type'] === 'string' ? field['type'] : 'any';
}

function defaultWords(field: Schema): string {
  return field['default'] === undefined ? '–' : excerpt(JSON.stringify(field['default']), 24);
}

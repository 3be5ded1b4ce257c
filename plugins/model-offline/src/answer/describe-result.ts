import type { Json } from '@master-orchestrator/errors';
import { isRecord } from '../data/json-values.js';
import { contentOf, type Result } from '../brief/material.js';
import { metricLines, relationLines } from './describe-metrics.js';
import { formatNumber, humanName, listWords } from './format-number.js';
import { withoutNote } from './note.js';
import { readMetrics } from './read-metrics.js';

const LONGEST_TEXT = 1_500;
const MOST_ENTRIES = 20;
const MOST_ROWS = 5;
const MOST_NAMES = 100;

/** What a tool or another agent gave, in lines for a reader. */
export function describeResult(result: Result): string[] {
  const { value, trade } = result;
  const metrics = trade === 'analyse' ? readMetrics(value) : undefined;
  if (metrics !== undefined) return [...metricLines(metrics), ...relationLines(metrics)];
  const files = writtenFiles(value);
  if (files.length > 0 && (trade === 'report' || trade === 'write')) return [`Written: ${listWords(files)}.`];
  if (trade === 'report') return describeReport(value);
  if (trade === 'read' || trade === 'fetch') return describeValue(contentOf(value) ?? value);
  if (trade === 'list') return describeEntries(value) ?? describeValue(value);
  return describeRows(value) ?? describeValue(value);
}

/** A report that was not written to files: what it says of itself, else its text. */
function describeReport(value: Json): string[] {
  const summary = isRecord(value) ? value.summary : undefined;
  return typeof summary === 'string' ? [summary] : describeValue(value);
}

/** A listing: the paths, one a line. */
function describeEntries(value: Json): string[] | undefined {
  const list = Array.isArray(value) ? value : isRecord(value) ? Object.values(value).find(Array.isArray) : undefined;
  if (list === undefined) return undefined;
  const names = list.map((entry) => (isRecord(entry) ? (entry.path ?? entry.name ?? null) : entry));
  if (!names.every((name) => typeof name === 'string')) return undefined;
  return names.length === 0 ? ['The folder is empty.'] : describeList(names, MOST_NAMES);
}

/** A table in a result: how large it is, its columns, its first rows. */
function describeRows(value: Json): string[] | undefined {
  const rows = isRecord(value) ? (value.rows ?? value.records) : undefined;
  if (!Array.isArray(rows) || rows.length === 0 || !rows.every(isRecord)) return undefined;
  const columns = Object.keys(rows[0] ?? {});
  const head = `${rows.length} ${rows.length === 1 ? 'row' : 'rows'} with the ${columns.length === 1 ? 'column' : 'columns'} ${listWords(columns)}:`;
  return [head, ...describeList(rows.slice(0, MOST_ROWS)), ...(rows.length > MOST_ROWS ? ['- …'] : [])];
}

/** Paths a result names as written. */
export function writtenFiles(value: Json): string[] {
  const found = new Set<string>();
  collectPaths(value, undefined, 0, found);
  return [...found];
}

/** A JSON value in lines: short texts whole, records one line a field, lists one line an entry. */
export function describeValue(value: Json): string[] {
  if (typeof value === 'string') return [shorten(withoutNote(value))];
  if (Array.isArray(value)) return describeList(value);
  if (!isRecord(value)) return [String(value)];
  return Object.entries(value)
    .slice(0, MOST_ENTRIES)
    .map(([key, inner]) => `${humanName(key)}: ${inline(inner)}`);
}

function describeList(values: readonly Json[], most = MOST_ENTRIES): string[] {
  const lines = values.slice(0, most).map((entry) => `- ${inline(entry)}`);
  return values.length > most ? [...lines, `- … and ${values.length - most} more`] : lines;
}

function inline(value: Json): string {
  if (typeof value === 'string') return shorten(withoutNote(value));
  if (typeof value === 'number') return formatNumber(value);
  return shorten(JSON.stringify(value));
}

function shorten(text: string): string {
  const trimmed = text.trim();
  return trimmed.length <= LONGEST_TEXT
    ? trimmed
    : `${trimmed.slice(0, LONGEST_TEXT)} … (${trimmed.length} characters in all)`;
}

function collectPaths(value: Json, key: string | undefined, depth: number, found: Set<string>): void {
  if (depth > 4) return;
  if (typeof value === 'string') {
    const isPath =
      /path|file|location|written|saved|markdown|html|json/i.test(key ?? '') &&
      /^[^\n<>{}]{1,400}\.\w{1,8}$/.test(value);
    if (isPath) found.add(value);
  } else if (Array.isArray(value)) for (const entry of value) collectPaths(entry, key, depth + 1, found);
  else if (isRecord(value))
    for (const [name, inner] of Object.entries(value))
      collectPaths(inner, /^(name|uri|url)$/.test(name) ? key : name, depth + 1, found);
}

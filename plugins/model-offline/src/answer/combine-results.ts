import type { GivenResult } from '../text/briefing.js';
import type { Json } from '@master-orchestrator/errors';
import { isRecord, parseJson } from '../data/json-values.js';
import { describeValue } from './describe-result.js';
import { listWords } from './format-number.js';
import { withoutNote } from './note.js';

const TASK_LINE = /^Task:\s*([\s\S]*?)(?:\n\nData: [^\n]*)?(?:\n\n|\n(?=Reason:)|$)/;

/** One answer from the results of several: what each found, who did what, what is missing. */
export function combineResults(goal: string, given: readonly GivenResult[]): string {
  const found = given.filter(({ isMissing }) => !isMissing);
  const missing = given.filter(({ isMissing }) => isMissing);
  const named = found.filter(({ text }) => bodyOf(text) !== '');
  const bodies = named.map(({ from, text }) => (named.length > 1 ? `## ${from}\n${bodyOf(text)}` : bodyOf(text)));
  return [
    found.length === 0 ? `There is no result for: ${firstLine(goal)}` : '',
    ...bodies,
    whoDidWhat(found),
    ...missing.map(({ from, text }) => `Missing: ${from}. ${bodyOf(text).replace(/^Reason:\s*/, '')}`),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function whoDidWhat(found: readonly GivenResult[]): string {
  const lines = found.flatMap(({ from, text }) => {
    const task = TASK_LINE.exec(text)?.[1];
    return task === undefined ? [] : [`- ${from}: ${firstLine(task)}`];
  });
  if (lines.length > 0) return ['Who did what:', ...lines].join('\n');
  return found.length < 2 ? '' : `From: ${listWords(found.map(({ from }) => from))}.`;
}

/** A result without its task and without the note of the model that wrote it; an answer in a schema in lines. */
function bodyOf(text: string): string {
  const body = withoutNote(text.replace(TASK_LINE, ''));
  const value = /^\s*\{/.test(body) ? parseJson(body) : undefined;
  if (!isRecord(value)) return body;
  const filled = Object.entries(value).filter(([, inner]) => !isEmpty(inner));
  return describeValue(Object.fromEntries(filled)).join('\n');
}

function isEmpty(value: Json): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

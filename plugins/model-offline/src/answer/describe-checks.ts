import type { Json } from '@master-orchestrator/errors';
import { isRecord } from '../data/json-values.js';
import { argumentsOf, type Material, type Result } from '../brief/material.js';
import { listWords } from './format-number.js';

/** Names of the lists in which checking tools put what they find. */
const FOUND =
  /^(errors?|faults?|issues?|problems?|findings|violations|warnings|diagnostics|vulnerabilities|messages)$/i;
const MOST_FINDINGS = 20;

/** What checking tools found: one line for each file or piece of code. */
export function describeChecks(results: readonly Result[], { documents }: Pick<Material, 'documents'>): string {
  const lines = results.map((result) => `- ${nameOf(result, documents)}: ${verdictOf(result.value)}`);
  const tools = [...new Set(results.map(({ call }) => call.name))];
  return [`Checked by ${listWords(tools)}, and by nobody else:`, ...lines].join('\n');
}

/** The file that a tool was given, by its content. */
function nameOf({ call }: Result, documents: Material['documents']): string {
  const texts = Object.values(argumentsOf(call)).filter((value) => typeof value === 'string');
  return documents.find(({ name, text }) => name !== undefined && texts.includes(text))?.name ?? 'the code';
}

function verdictOf(value: Json): string {
  if (!isRecord(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  const found = Object.entries(value).flatMap(([key, inner]) => (FOUND.test(key) && Array.isArray(inner) ? inner : []));
  if (found.length > 0) return found.slice(0, MOST_FINDINGS).map(findingText).join('; ');
  const isBad = value.valid === false || value.isValid === false || value.ok === false;
  return isBad ? 'not valid' : 'nothing found';
}

function findingText(finding: Json): string {
  if (!isRecord(finding)) return typeof finding === 'string' ? finding : JSON.stringify(finding);
  const { line, message, title, description, severity } = finding;
  const text = [message, title, description].find((one) => typeof one === 'string') ?? JSON.stringify(finding);
  const place = typeof line === 'number' ? `line ${line}: ` : '';
  return `${place}${text}${typeof severity === 'string' ? ` (${severity})` : ''}`;
}

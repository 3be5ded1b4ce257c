import type { Json } from '@master-orchestrator/errors';
import { isRecord } from '../data/json-values.js';
import type { Mention } from '../data/mention.js';
import { innerValue } from './inner-value.js';
import type { Occasion } from './occasion.js';
import { reportSections } from './report-parts.js';

/** What is saved or sent: what the user gives to write, else the last report, else the results. */
export function writtenTexts(occasion: Occasion): Json[] {
  const { material, clause, seed } = occasion;
  const path = seed.kind === 'file' ? seed.value : '';
  const given = [...saidWords(clause.text), ...quotes(occasion), ...codesIn(clause.mentions)];
  const results = material.results
    .filter(({ isDelegated, trade }) => isDelegated || (trade !== 'write' && trade !== 'list' && trade !== 'send'))
    .toReversed();
  const reports = results
    .filter(({ trade }) => trade === 'report')
    .flatMap(({ value }) => contentText(value, path) ?? []);
  const body = reportBody(occasion);
  const others = results.map(({ trade, value, text }) =>
    trade === 'parse-json' || trade === 'parse-csv'
      ? JSON.stringify(innerValue(value), undefined, 2)
      : (contentText(value, path) ?? text),
  );
  return [...given, ...reports, ...(body === '' ? [] : [body]), ...others, ...jsonTexts(occasion)];
}

/** `saying hello`, `with the message see you at 5`. */
export function saidWords(text: string): string[] {
  const match =
    /\b(?:saying|that says|telling (?:him|her|them|us|everyone)(?: that)?|with (?:the )?(?:message|text|body|content|words))[:\s]+(?!["“'`])(.+)$/is.exec(
      text,
    );
  return match?.[1] === undefined ? [] : [match[1].trim()];
}

/** Code blocks among mentions. */
export function codesIn(mentions: readonly Mention[]): string[] {
  return mentions.flatMap((mention) => (mention.kind === 'code' ? [mention.code] : []));
}

/** The text in the record that a report tool gives, in the form of the file it goes to. */
function contentText(value: Json, path = ''): string | undefined {
  if (typeof value === 'string') return value;
  if (!isRecord(value)) return undefined;
  const wanted = path.endsWith('.html') ? ['html'] : [];
  const key = [...wanted, 'markdown', 'content', 'text', 'report', 'body', 'html'].find(
    (one) => typeof value[one] === 'string',
  );
  if (key !== undefined) return value[key] as string;
  const inner = Object.values(value)
    .filter(isRecord)
    .flatMap((one) => contentText(one, path) ?? []);
  return inner[0];
}

/** What the sentence puts in quotes. */
export function quotes(occasion: Occasion): string[] {
  return occasion.clause.mentions.flatMap((mention) => (mention.kind === 'quote' ? [mention.value] : []));
}

/** The results at hand as one text with headings; empty where there are none. */
export function reportBody(occasion: Occasion): string {
  return reportSections(occasion)
    .map(([heading, body]) => `${heading}\n\n${body}`)
    .join('\n\n');
}

/** JSON and tables of the text, as written. */
export function jsonTexts(occasion: Occasion): string[] {
  return occasion.material.mentions.flatMap((mention) => {
    if (mention.kind === 'json' || mention.kind === 'series') return [mention.text];
    return mention.kind === 'table' ? [mention.source] : [];
  });
}

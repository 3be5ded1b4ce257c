import { splitWords, stem } from '../text/words.js';

const VALUE = String.raw`(?:"([^"\n]+)"|“([^”\n]+)”|'([^'\n]+)'|\x60([^\x60\n]+)\x60|([^\s,;"“'\x60][^\s,;]*))`;

/**
 * What a text says a property is: `format: html`, `limit = 5`, `title "Sales"`, `language is French`, `in French`
 * after the name. Gives the written values, the surest first.
 */
export function saidValues(name: string, text: string): string[] {
  const words = splitWords(name);
  const phrase = words.map(escape).join(String.raw`[\s_-]*`);
  const last = escape(words.at(-1) ?? name);
  const found: string[] = [];
  for (const [subject, link] of [
    [
      phrase,
      String.raw`["'\x60]?\s*(?:[:=]|\bis\b|\bof\b|\bto\b|\bas\b|\bnamed\b|\bcalled\b|\bshould be\b|\bset to\b)\s*`,
    ],
    [last, String.raw`["'\x60]?\s*[:=]\s*`],
    [phrase, String.raw`\s+(?=["“'\x60\d])`],
  ] as const) {
    const pattern = new RegExp(String.raw`(?<![\p{L}\d_])${subject}${link}${VALUE}`, 'giu');
    for (const match of text.matchAll(pattern)) {
      const value = match.slice(1).find((group) => group !== undefined);
      if (value !== undefined) found.push(value.replace(/[.!?:]+$/, ''));
    }
  }
  return found;
}

/** The member of an enum that a text names; the longest name wins. */
export function saidMember(members: readonly string[], text: string): string | undefined {
  const words = new Set(splitWords(text).map(stem));
  const named = members.filter((member) => {
    const parts = splitWords(member).map(stem);
    return parts.length > 0 && parts.every((part) => words.has(part));
  });
  return named.sort((a, b) => b.length - a.length)[0];
}

/** Names in capitals that follow a preposition: `in Lisbon`, `for Anna Berg`, `to French`. */
export function namesAfter(prepositions: string, text: string): string[] {
  const NAME = String.raw`\p{Lu}[\p{L}’'-]+(?:\s+\p{Lu}[\p{L}’'-]+)*`;
  const pattern = new RegExp(
    String.raw`\b(?:${prepositions})\s+(?:the\s+)?(${NAME}(?:(?:\s*,\s*|\s+and\s+|\s*,\s*and\s+)${NAME})*)`,
    'gu',
  );
  return [...text.matchAll(pattern)]
    .flatMap((match) => (match[1] ?? '').split(/\s*,\s*and\s+|\s*,\s*|\s+and\s+/u))
    .filter((one) => one !== '');
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

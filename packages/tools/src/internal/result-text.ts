import type { Json, Redactor } from '@master-orchestrator/errors';

/** Texts are redacted in pieces of about this length, because a redactor cuts what is longer than 16,384. */
const PIECE = 8_000;
const LONGEST_PIECE = 2 * PIECE;

/** Takes secrets out of a text of any length. Pieces end where no secret runs on. */
export function redactLong(redactor: Redactor, text: string): string {
  if (text.length <= PIECE) return redactor.redactText(text);
  let result = '';
  for (let start = 0; start < text.length;) {
    const end = endOfPiece(text, start);
    result += redactor.redactText(text.slice(start, end));
    start = end;
  }
  return result;
}

/** At a blank, quote or comma; never within a private key, which has many lines. */
function endOfPiece(text: string, start: number): number {
  const end = start + PIECE;
  if (end >= text.length) return text.length;
  const key = text.lastIndexOf('-----BEGIN', end);
  if (key >= start && !text.slice(key, end).includes('-----END')) {
    if (key > start) return key;
    const close = text.indexOf('-----END', end);
    return close < 0
      ? Math.min(start + LONGEST_PIECE, text.length)
      : Math.min(close + 60, start + LONGEST_PIECE, text.length);
  }
  for (let index = end; index > start + PIECE / 2; index -= 1) {
    const code = text.charCodeAt(index - 1);
    if (code <= 0x20 || code === 0x22 || code === 0x2c) return index;
  }
  return end;
}

/** Output and text without secrets. The output is parsed again only where something was taken out. */
export function redactOutput(redactor: Redactor, output: Json, json: string): { output: Json; text: string } {
  if (typeof output === 'string') {
    const text = redactLong(redactor, output);
    return { output: text, text };
  }
  const text = redactLong(redactor, json);
  if (text === json) return { output, text };
  try {
    return { output: JSON.parse(text) as Json, text };
  } catch {
    return { output: text, text };
  }
}

/** The beginning of a text; never half of a character. */
export function beginning(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const last = text.charCodeAt(characters - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? characters - 1 : characters);
}

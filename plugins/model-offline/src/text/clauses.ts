import { extractData } from '../data/extract-data.js';
import type { Mention } from '../data/mention.js';
import { isAction } from './actions.js';
import { stemSet } from './words.js';

/** One thing that a text asks for, with the data named in it. */
export interface Clause {
  /** As written. */ readonly text: string;
  /** Without its data, and without what it says not to do. */ readonly words: string;
  readonly stems: ReadonlySet<string>;
  /** Meaningful words of what it says not to do. */ readonly unwanted: ReadonlySet<string>;
  readonly mentions: readonly Mention[];
  /** True where it builds on what comes before: "then", "based on", "the results". */ readonly isFollowUp: boolean;
}

/** Data stands as one sign of this range while a text is split, so that its dots and commas split nothing. */
const FIRST_SIGN = 0xe100;
const MOST_SIGNS = 0xf8ff - FIRST_SIGN;
const SIGN = /[\uE100-\uF8FF]/g;

const EDGES = /^[\s\-*•,;:]+|[\s,;:]+$/g;
const SENTENCE_END =
  /(?<=[.!?;])\s+|\n+|(?<=\p{L}{2}):\s+(?=\p{L}{2,}\s+[\p{L}\uE100-\uF8FF])|(?<=[\uE100-\uF8FF])\.(?=\s|$)/u;
const SEQUENCE =
  /[,;]?\s+(?:and\s+)?(?:then|afterwards|after that|finally|next|subsequently|once (?:that is )?done)\b,?\s*|^(?:then|afterwards|after that|finally|next|first(?:ly)?|second(?:ly)?|third(?:ly)?|lastly)\b,?\s+/i;
const CONJUNCTION =
  /(?:,\s*and\s+|,\s+|\s+and\s+|\s+&\s+|\s+plus\s+)(?:(?:also|just|only|please)\s+)*(?=([\p{L}]+))/giu;
const FOLLOW_UP =
  /\b(?:then|afterwards|after that|finally|based on|using|from|with|of|about|on)\s+(?:the|these|those|this|that|its|their)\s+(?:\w+\s+)?(?:results?|findings?|analysis|output|outcome|metrics|statistics|answers?|data|numbers|figures)\b|\bbased on\b|\b(?:the|these|those) (?:results?|findings?)\b|\b(?:them|it)\b/i;
const NEGATED =
  /\b(?:do not|don[’']t|does not|without|never|no need to|need not|needn[’']t|instead of|rather than|except|but not|not)\b(?:(?!\bbut\b|\bjust\b|\bonly\b|[,.;]).)*/giu;

/** Takes a text apart into what it asks for, in order. */
export function splitClauses(text: string, mentions: readonly Mention[] = extractData(text).mentions): Clause[] {
  const { masked, bySign } = maskMentions(text, mentions);
  const parts = masked.split(SENTENCE_END).flatMap((sentence) => splitSentence(sentence ?? ''));
  return joinBareData(parts).flatMap((part, at) => clauseOf(part, bySign, at > 0) ?? []);
}

/** Data that stands alone, such as a code block on lines of its own, belongs to the sentence before it. */
function joinBareData(parts: readonly Part[]): Part[] {
  const joined: { text: string; readonly isSequel: boolean }[] = [];
  for (const { text, isSequel } of parts) {
    const trimmed = text.replace(EDGES, '');
    const bare = trimmed.replace(SIGN, ' ').replace(/\b(and|or|then|so)\b/gi, ' ');
    if (trimmed === '' || !/[\p{L}\d\uE100-\uF8FF]/u.test(trimmed)) continue;
    const before = joined.at(-1);
    if (before !== undefined && !/[\p{L}\d]/u.test(bare))
      before.text += (trimmed.match(SIGN) ?? []).map((sign) => `\n${sign}`).join('');
    else joined.push({ text: trimmed, isSequel });
  }
  return joined;
}

/** The clause of a whole text. */
export function wholeClause(text: string, mentions: readonly Mention[]): Clause {
  const { masked, bySign } = maskMentions(text, mentions);
  const part = { text: masked, isSequel: false };
  return (
    clauseOf(part, bySign, false) ?? {
      text,
      words: '',
      stems: new Set(),
      unwanted: new Set(),
      mentions,
      isFollowUp: false,
    }
  );
}

interface Part {
  readonly text: string;
  readonly isSequel: boolean;
}

function splitSentence(sentence: string): Part[] {
  return sentence
    .split(SEQUENCE)
    .flatMap((piece, index) =>
      splitAtActions(piece).map((text, inner) => ({ text, isSequel: index > 0 && inner === 0 })),
    );
}

/** Splits at "and" or a comma where a word follows that begins something to do. */
function splitAtActions(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(CONJUNCTION)) {
    const before = text.slice(from, match.index);
    if (!isAction(match[1] ?? '') || !hasWords(before)) continue;
    parts.push(before);
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

function hasWords(text: string): boolean {
  return /\p{L}{2,}/u.test(text);
}

function clauseOf(part: Part, bySign: ReadonlyMap<string, Mention>, mayFollow: boolean): Clause | undefined {
  const trimmed = part.text.replace(EDGES, '');
  if (trimmed === '') return undefined;
  const mentions = (trimmed.match(SIGN) ?? []).flatMap((sign) => bySign.get(sign) ?? []);
  const bare = trimmed.replace(SIGN, ' ');
  const words = bare.replace(NEGATED, ' ').replace(/\s+/g, ' ').trim();
  return {
    text: trimmed.replace(SIGN, (sign) => bySign.get(sign)?.text ?? ''),
    words,
    stems: stemSet(words),
    unwanted: stemSet((bare.match(NEGATED) ?? []).join(' ')),
    mentions,
    isFollowUp: mayFollow && (part.isSequel || FOLLOW_UP.test(words)),
  };
}

function maskMentions(text: string, mentions: readonly Mention[]): { masked: string; bySign: Map<string, Mention> } {
  const bySign = new Map<string, Mention>();
  const parts: string[] = [];
  let at = 0;
  for (const mention of mentions.slice(0, MOST_SIGNS)) {
    const sign = String.fromCharCode(FIRST_SIGN + bySign.size);
    bySign.set(sign, mention);
    parts.push(text.slice(at, mention.start), sign);
    at = mention.end;
  }
  parts.push(text.slice(at));
  return { masked: parts.join(''), bySign };
}

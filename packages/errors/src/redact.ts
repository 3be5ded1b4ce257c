import { maskPatterns, MASK } from './internal/secret-patterns.js';
import { copyPlain, type CopyLimits } from './internal/copy-plain.js';
import type { Json } from './json.js';

/** Settings of a {@link Redactor}. */
export interface RedactorOptions {
  /** Values to mask wherever they occur, also percent-encoded; those shorter than 4 characters are ignored. */
  readonly secrets?: readonly string[];
  /** Names of further fields whose values are always masked. Case, `-` and `_` do not matter. */
  readonly fieldNames?: readonly string[];
  /** How deep objects are followed. @default 8 */ readonly maxDepth?: number;
  /** How many values one copy may hold. @default 2_000 */ readonly maxValues?: number;
  /** Entries kept of one array or object. @default 100 */ readonly maxEntries?: number;
  /** Characters kept of one text. @default 16_384 */ readonly maxTextLength?: number;
}

/** Makes values fit to be logged, stored and sent: secrets masked, size bounded. */
export interface Redactor {
  /**
   * A plain copy without secrets. Cycles, depth and size are bounded; getters and `toJSON` are not run. Redacting
   * twice gives the same as once.
   */
  readonly redact: (value: unknown) => Json;
  /** The text without secrets, cut to the longest length allowed. */ readonly redactText: (text: string) => string;
}

const DEFAULT_LIMITS: CopyLimits = { maxDepth: 8, maxValues: 2_000, maxEntries: 100, maxTextLength: 16_384 };

/** Longest text that is searched; what lies beyond is dropped unseen. */
const SEARCHED_LENGTH = 262_144;

/** Passes over one text; two are enough but for texts made to need more. */
const MAX_PASSES = 5;

/** Makes a redactor that knows these secrets besides the usual forms of keys. */
export function createRedactor(options: RedactorOptions = {}): Redactor {
  const secrets = secretForms(options.secrets ?? []);
  const pattern = patternOf(secrets);
  const longest = secrets[0]?.length ?? 0;
  const limits: CopyLimits = {
    maxDepth: options.maxDepth ?? DEFAULT_LIMITS.maxDepth,
    maxValues: options.maxValues ?? DEFAULT_LIMITS.maxValues,
    maxEntries: options.maxEntries ?? DEFAULT_LIMITS.maxEntries,
    maxTextLength: options.maxTextLength ?? DEFAULT_LIMITS.maxTextLength,
  };
  const fieldNames = new Set((options.fieldNames ?? []).map(plainName));
  const mask = (text: string): string => {
    const isCut = text.length > SEARCHED_LENGTH;
    const searched = isCut ? text.slice(0, SEARCHED_LENGTH) : text;
    const masked = maskPatterns(pattern ? searched.replace(pattern, MASK) : searched);
    // A secret that the cut divided is not found by the pattern: the tail that may hold its beginning goes too.
    return isCut ? masked.slice(0, Math.max(0, masked.length - longest)) : masked;
  };
  const cleanText = (text: string): string => {
    let clean = cutText(mask(text), limits.maxTextLength);
    // A mask or a cut may put together what the next pass would take for a secret: until nothing changes.
    for (let pass = 1, before = text; clean !== before && pass < MAX_PASSES; pass += 1) {
      before = clean;
      clean = cutText(mask(before), limits.maxTextLength);
    }
    return clean;
  };
  const isSecretName = fieldNames.size === 0 ? undefined : (name: string) => fieldNames.has(plainName(name));
  return { redactText: cleanText, redact: (value) => copyPlain(value, cleanText, limits, isSecretName) };
}

const standardRedactor = createRedactor();

/** A plain copy of anything without what looks like a secret. See {@link Redactor.redact}. */
export function redact(value: unknown): Json {
  return standardRedactor.redact(value);
}

/** The text without what looks like a secret: keys, bearer tokens, passwords in addresses, named fields. */
export function redactText(text: string): string {
  return standardRedactor.redactText(text);
}

/**
 * The text cut to a length, with ` …` at the end of a cut one. Never ends within a mask.
 *
 * @param maxLength - Characters, the sign included; at least 16.
 */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  let end = maxLength - 2;
  const mask = text.lastIndexOf(MASK, end);
  if (mask >= 0 && mask < end && mask + MASK.length > end) end = mask;
  const last = text.charCodeAt(end - 1);
  if (last >= 0xd800 && last <= 0xdbff) end -= 1; // half of a surrogate pair
  return `${text.slice(0, end)} …`;
}

/** Finds these values, also percent-encoded or in JSON; `undefined` where there is none to find. */
export function secretPattern(secrets: readonly string[]): RegExp | undefined {
  return patternOf(secretForms(secrets));
}

function patternOf(forms: readonly string[]): RegExp | undefined {
  return forms.length === 0 ? undefined : new RegExp(forms.map(escapePattern).join('|'), 'g');
}

function secretForms(secrets: readonly string[]): string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < 4 || MASK.includes(secret)) continue;
    forms.add(secret);
    forms.add(JSON.stringify(secret).slice(1, -1));
    if (!/[\uD800-\uDFFF]/.test(secret)) forms.add(encodeURIComponent(secret));
  }
  return [...forms].sort((a, b) => b.length - a.length);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[-_\s.]/g, '');
}

import { lowerHeaders, type HeadersLike } from './internal/read-headers.js';

/** One announced limit, as far as the headers tell it. */
export interface RateLimit {
  /** Units a window allows. */ readonly limit?: number;
  /** Units left in the present window. */ readonly remaining?: number;
  /** Time until the window is full again, in milliseconds. */ readonly resetMs?: number;
}

/** The limits a provider announces with an answer. */
export interface RateLimits {
  readonly requests?: RateLimit;
  readonly tokens?: RateLimit;
}

/**
 * Reads the wait a server asks for, in milliseconds, or `undefined` where it asks for none. The first found of
 * `retry-after-ms`, `retry-after` (seconds or a date), `x-ratelimit-reset-*` of the dimension with nothing remaining,
 * and "try again in …" in the message. Zero, negative and past values are as if absent.
 *
 * @param nowMs - Wall clock, for a `retry-after` that is a date.
 */
export function readRetryAfter(headers: HeadersLike | undefined, nowMs: number, message?: string): number | undefined {
  return retryAfterOf(lowerHeaders(headers), nowMs, message);
}

/** {@link readRetryAfter} on headers that are in lower case already. */
export function retryAfterOf(
  headers: Readonly<Record<string, string>>,
  nowMs: number,
  message: string | undefined,
): number | undefined {
  return (
    positive(plainNumber(headers['retry-after-ms'])) ??
    positive(secondsOrDate(headers['retry-after'], nowMs)) ??
    exhaustedReset(headers) ??
    positive(waitInMessage(message))
  );
}

/** Reads the `x-ratelimit-*` headers of OpenAI-compatible providers. What is absent or unreadable is left out. */
export function readRateLimits(headers: HeadersLike | undefined): RateLimits {
  const lower = lowerHeaders(headers);
  const requests = readDimension(lower, 'requests');
  const tokens = readDimension(lower, 'tokens');
  return { ...(requests === undefined ? {} : { requests }), ...(tokens === undefined ? {} : { tokens }) };
}

/**
 * Reads a duration: `20ms`, `1s`, `6m0s`, `1h2m3.5s`, `1d`, or a plain number of seconds. In milliseconds.
 */
export function readDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const plain = plainNumber(text);
  if (plain !== undefined) return plain * 1_000;
  const parts =
    /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/.exec(
      text.trim().toLowerCase(),
    );
  if (parts === null || parts[0] === '') return undefined;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0] = parts;
  const total =
    Number(days) * 86_400_000 + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000;
  return total + Number(milliseconds);
}

function readDimension(headers: Readonly<Record<string, string>>, name: 'requests' | 'tokens'): RateLimit | undefined {
  const limit = atLeastZero(plainNumber(headers[`x-ratelimit-limit-${name}`]));
  const remaining = atLeastZero(plainNumber(headers[`x-ratelimit-remaining-${name}`]));
  const resetMs = atLeastZero(readDuration(headers[`x-ratelimit-reset-${name}`]));
  if (limit === undefined && remaining === undefined && resetMs === undefined) return undefined;
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetMs === undefined ? {} : { resetMs }),
  };
}

/** The longer reset where both dimensions are used up: before it nothing would pass. */
function exhaustedReset(headers: Readonly<Record<string, string>>): number | undefined {
  let longest: number | undefined;
  for (const name of ['requests', 'tokens']) {
    const remaining = plainNumber(headers[`x-ratelimit-remaining-${name}`]);
    if (remaining === undefined || remaining > 0) continue;
    const resetMs = positive(readDuration(headers[`x-ratelimit-reset-${name}`]));
    if (resetMs !== undefined) longest = Math.max(longest ?? 0, resetMs);
  }
  return longest;
}

function secondsOrDate(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const seconds = plainNumber(text);
  if (seconds !== undefined) return seconds * 1_000;
  // RFC 9110 dates begin with the name of the day; some servers send ISO 8601. Date.parse alone would accept anything.
  if (!/^(?:[A-Za-z]{3,9},? |\d{4}-\d\d-\d\d)/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at - nowMs;
}

/** Milliseconds of each unit, by its words. */
const UNITS: readonly (readonly [number, readonly string[]])[] = [
  [1, ['ms', 'millisecond', 'milliseconds']],
  [1_000, ['s', 'sec', 'secs', 'second', 'seconds']],
  [60_000, ['m', 'min', 'mins', 'minute', 'minutes']],
  [3_600_000, ['h', 'hr', 'hrs', 'hour', 'hours']],
  [86_400_000, ['d', 'day', 'days']],
];

/** "try again in 9.816s", "… in 20ms", "… in 6m0s", "retry after 12 seconds". */
function waitInMessage(message: string | undefined): number | undefined {
  if (message === undefined) return undefined;
  const found = /(?:try again|retry)\s(?:in|after)\s((?:\d+(?:\.\d+)?\s?[a-z]+\s?){1,5})/i.exec(
    message.slice(0, 4_000),
  );
  if (found?.[1] === undefined) return undefined;
  let total = 0;
  let isRead = false;
  for (const [, number, unit] of found[1].matchAll(/(\d+(?:\.\d+)?)\s?([a-z]+)/gi)) {
    const factor = unitMs(unit ?? '');
    if (factor === undefined) break;
    total += Number(number) * factor;
    isRead = true;
  }
  return isRead ? total : undefined;
}

function unitMs(unit: string): number | undefined {
  const lower = unit.toLowerCase();
  return UNITS.find(([, words]) => words.includes(lower))?.[0];
}

function plainNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*[+-]?\d+(?:\.\d+)?\s*$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 && Number.isFinite(value) ? value : undefined;
}

function atLeastZero(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 ? value : undefined;
}

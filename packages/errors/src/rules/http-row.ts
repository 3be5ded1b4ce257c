import type { ErrorRule, FailureSign } from '../recovery.js';
import type { ErrorCode } from '../error-catalog.js';
import type { Severity } from '../error-category.js';

/** One row of the table of HTTP answers: the signs by which a code is known. */
export interface HttpRow {
  readonly code: ErrorCode;
  /** Asked before everything else, where a status or text outweighs the words. */ readonly first?: (
    sign: FailureSign,
  ) => boolean;
  /** Words of `error.code`, in lower case; with `*` at the end a beginning. */ readonly codes?: readonly string[];
  /** Words of `error.type`, in lower case. */ readonly types?: readonly string[];
  /** What the message contains. */ readonly messages?: readonly RegExp[];
  /** Statuses with which words and messages count; an error in mid-stream has none and is read as 500. @default all */
  readonly within?: readonly number[];
  /** Statuses that say it by themselves. */ readonly statuses?: readonly number[];
  readonly isRetryable?: boolean;
  readonly severity?: Severity;
}

/**
 * Turns rows into rules in this order: what goes before all, then `error.code`, then
 * `error.type`, then the message, then the status.
 */
export function rulesOf(rows: readonly HttpRow[], prefix: string): readonly ErrorRule[] {
  return [
    ...tier(rows, `${prefix}:first`, (row) => row.first),
    ...tier(rows, `${prefix}:code`, (row) => row.codes && within(row, wordMatcher(row.codes, 'code'))),
    ...tier(rows, `${prefix}:type`, (row) => row.types && within(row, wordMatcher(row.types, 'type'))),
    ...tier(rows, `${prefix}:message`, (row) => row.messages && within(row, messageMatcher(row.messages))),
    ...tier(rows, `${prefix}:status`, (row) => row.statuses && statusMatcher(row.statuses)),
  ];
}

type Matcher = (sign: FailureSign) => boolean;

function tier(
  rows: readonly HttpRow[],
  prefix: string,
  matcherOf: (row: HttpRow) => Matcher | undefined,
): readonly ErrorRule[] {
  return rows.flatMap((row) => {
    const matches = matcherOf(row);
    if (matches === undefined) return [];
    return [
      {
        name: `${prefix}:${row.code}`,
        matches,
        code: row.code,
        ...(row.isRetryable === undefined ? {} : { isRetryable: row.isRetryable }),
        ...(row.severity === undefined ? {} : { severity: row.severity }),
      },
    ];
  });
}

function within(row: HttpRow, matches: Matcher): Matcher {
  const statuses = row.within;
  if (statuses === undefined) return (sign) => sign.status !== undefined && matches(sign);
  return (sign) => sign.status !== undefined && statuses.includes(sign.status) && matches(sign);
}

function wordMatcher(words: readonly string[], field: 'code' | 'type'): Matcher {
  const exact = new Set(words.filter((word) => !word.endsWith('*')));
  const beginnings = words.filter((word) => word.endsWith('*')).map((word) => word.slice(0, -1));
  return (sign) => {
    const word = sign[field];
    return word !== undefined && (exact.has(word) || beginnings.some((beginning) => word.startsWith(beginning)));
  };
}

function messageMatcher(patterns: readonly RegExp[]): Matcher {
  return ({ message }) => message !== undefined && patterns.some((pattern) => pattern.test(message));
}

function statusMatcher(statuses: readonly number[]): Matcher {
  return ({ status }) => status !== undefined && statuses.includes(status);
}

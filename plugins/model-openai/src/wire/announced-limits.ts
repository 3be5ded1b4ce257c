import type { AnnouncedLimits } from '@master-orchestrator/contracts';
import { readRateLimits, type RateLimit } from '@master-orchestrator/errors';
import type { AnswerHeaders } from '../transport/exchange.js';

/** Only these are handed on: an answer has some twenty headers. */
const NAMES = ['limit', 'remaining', 'reset'].flatMap((what) => [
  `x-ratelimit-${what}-requests`,
  `x-ratelimit-${what}-tokens`,
]);

/** The rate limits that an answer's headers announce, or `undefined` where they announce none. */
export function announcedLimits(headers: AnswerHeaders): AnnouncedLimits | undefined {
  let announced: Record<string, string> | undefined;
  for (const name of NAMES) {
    const value = headers[name];
    if (typeof value === 'string') (announced ??= {})[name] = value;
  }
  if (announced === undefined) return undefined;
  const { requests, tokens } = readRateLimits(announced);
  return { ...requestFields(requests), ...tokenFields(tokens) };
}

function requestFields({ limit, remaining, resetMs }: RateLimit = {}): AnnouncedLimits {
  return {
    ...(limit === undefined ? {} : { requestLimit: limit }),
    ...(remaining === undefined ? {} : { requestsRemaining: remaining }),
    ...(resetMs === undefined ? {} : { requestsResetMs: resetMs }),
  };
}

function tokenFields({ limit, remaining, resetMs }: RateLimit = {}): AnnouncedLimits {
  return {
    ...(limit === undefined ? {} : { tokenLimit: limit }),
    ...(remaining === undefined ? {} : { tokensRemaining: remaining }),
    ...(resetMs === undefined ? {} : { tokensResetMs: resetMs }),
  };
}

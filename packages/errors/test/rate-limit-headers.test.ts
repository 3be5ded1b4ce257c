import { describe, expect, it } from 'vitest';
import { backoffDelay, readDuration, readRateLimits, readRetryAfter } from '../src/index.js';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

describe('readRetryAfter', () => {
  it.each([
    [{ 'retry-after-ms': '1500' }, 1_500],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
    [{ 'Retry-After': '7' }, 7_000],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 12:00:05 GMT' }, 5_000],
    [{ 'retry-after': '2026-01-01T12:01:00Z' }, 60_000],
    [{ 'retry-after': '86400' }, 86_400_000],
    [{ 'retry-after-ms': '0', 'retry-after': '3' }, 3_000],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }, 360_000],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '20ms' }, 20],
    [
      {
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '1s',
        'x-ratelimit-remaining-requests': '5',
        'x-ratelimit-reset-requests': '1h2m3.5s',
      },
      1_000,
    ],
    [
      {
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '1s',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '3s',
      },
      3_000,
    ],
  ])('%j is %d ms', (headers, wait) => {
    expect(readRetryAfter(headers, NOW)).toBe(wait);
    expect(readRetryAfter(new Headers(headers), NOW)).toBe(wait);
    expect(readRetryAfter(Object.entries(headers), NOW)).toBe(wait);
  });

  it.each([
    '0',
    '-5',
    'soon',
    '',
    'NaN',
    '1e400',
    'Infinity',
    'Thu, 01 Jan 2026 11:00:00 GMT',
    '5 apples 2099',
    '0x10',
  ])('"%s" is as if absent', (value) => {
    expect(readRetryAfter({ 'retry-after': value }, NOW)).toBeUndefined();
    expect(readRetryAfter({ 'retry-after-ms': value }, NOW)).toBeUndefined();
  });

  it.each([
    ['Rate limit reached. Please try again in 9.816s. Visit x', 9_816],
    ['Please try again in 20ms.', 20],
    ['Please try again in 6m0s.', 360_000],
    ['Please try again in 1h2m3.5s', 3_723_500],
    ['Rate limit is exceeded. Try again in 12 seconds.', 12_000],
    ['Please retry after 2 minutes.', 120_000],
    ['Try again in 1 day', 86_400_000],
    ['Try again in 5 moons', undefined],
    ['Try again in 0s', undefined],
    ['Try again later', undefined],
  ])('"%s" in the message is %s', (message, wait) => {
    expect(readRetryAfter({}, NOW, message)).toBe(wait);
  });

  it('prefers headers to the message', () => {
    expect(readRetryAfter({ 'retry-after': '2' }, NOW, 'try again in 9s')).toBe(2_000);
  });

  it('knows nothing without headers', () => {
    expect(readRetryAfter(undefined, NOW)).toBeUndefined();
  });
});

describe('readDuration', () => {
  it.each([
    ['20ms', 20],
    ['1s', 1_000],
    ['6m0s', 360_000],
    ['1h2m3.5s', 3_723_500],
    ['1d', 86_400_000],
    ['7', 7_000],
    ['', undefined],
    ['s', undefined],
    ['1x', undefined],
    [undefined, undefined],
  ])('%s is %s ms', (text, wait) => {
    expect(readDuration(text)).toBe(wait);
  });
});

describe('readRateLimits', () => {
  it('reads both dimensions', () => {
    expect(
      readRateLimits({
        'x-ratelimit-limit-requests': '500',
        'x-ratelimit-remaining-requests': '499',
        'x-ratelimit-reset-requests': '120ms',
        'x-ratelimit-limit-tokens': '30000',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '6m0s',
      }),
    ).toEqual({
      requests: { limit: 500, remaining: 499, resetMs: 120 },
      tokens: { limit: 30_000, remaining: 0, resetMs: 360_000 },
    });
  });

  it('leaves out what is absent or unreadable', () => {
    expect(readRateLimits({ 'x-ratelimit-limit-requests': 'many', 'x-ratelimit-remaining-requests': '3' })).toEqual({
      requests: { remaining: 3 },
    });
    expect(readRateLimits(undefined)).toEqual({});
  });
});

describe('backoffDelay', () => {
  it('doubles its bound up to the cap, with full jitter', () => {
    const bound = (attempt: number): number => backoffDelay({ attempt, random: () => 0.999_999 });
    expect([1, 2, 3, 4].map(bound)).toEqual([199, 399, 799, 1_599]);
    expect(bound(20)).toBe(29_999);
    expect(backoffDelay({ attempt: 5, random: () => 0 })).toBe(0);
  });

  it('never comes earlier than told, and at most a second or a tenth later', () => {
    expect(backoffDelay({ attempt: 9, random: () => 0, toldMs: 500 })).toBe(500);
    expect(backoffDelay({ attempt: 1, random: () => 0.5, toldMs: 500 })).toBe(525);
    expect(backoffDelay({ attempt: 1, random: () => 0.5, toldMs: 60_000 })).toBe(60_500);
  });
});

/** 4xx that pass by themselves: request timeout, too early, locked, conflict, too many requests (RFC 9110, 4918, 8470, 6585). */
const PASSING_CLIENT_ERRORS = new Set([408, 409, 423, 425, 429, 499]);

/** 5xx that stay as they are: unknown method, version, network authentication, TLS towards the origin. */
const LASTING_SERVER_ERRORS = new Set([501, 505, 511, 525, 526]);

/** True where the same request may be answered better later. */
export function isRetryableStatus(status: number): boolean {
  if (status >= 500 && status <= 599) return !LASTING_SERVER_ERRORS.has(status);
  return PASSING_CLIENT_ERRORS.has(status);
}

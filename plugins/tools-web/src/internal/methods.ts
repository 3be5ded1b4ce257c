/** Methods that `http_request` knows. */
export const HTTP_METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** One of {@link HTTP_METHODS}. */
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** True for methods that change nothing (RFC 9110, section 9.2.1). */
export function isReading(method: HttpMethod): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** True for methods whose repetition has no further effect (RFC 9110, section 9.2.2). */
export function isIdempotent(method: HttpMethod): boolean {
  return isReading(method) || method === 'PUT' || method === 'DELETE';
}

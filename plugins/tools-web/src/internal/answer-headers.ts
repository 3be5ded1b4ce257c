/** Headers of an answer that say something to a model; cookies, credentials and the rest are left out. */
const SHOWN = new Set([
  'accept-ranges',
  'age',
  'allow',
  'cache-control',
  'content-disposition',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'date',
  'deprecation',
  'etag',
  'expires',
  'last-modified',
  'link',
  'location',
  'retry-after',
  'sunset',
  'vary',
  'x-request-id',
  'x-total-count',
]);
const SHOWN_START = /^(?:x-)?rate-?limit(?:-|$)/;
const LONGEST = 2_000;

/** The headers of an answer that the model is shown, values cut at 2,000 characters. */
export function shownHeaders(headers: Headers): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (SHOWN.has(name) || SHOWN_START.test(name)) shown[name] = value.slice(0, LONGEST);
  }
  return shown;
}

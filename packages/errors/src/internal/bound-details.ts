import type { Json } from '../json.js';
import { createRedactor } from '../redact.js';

/** Size of an error's details as JSON, in bytes. */
export const MAX_DETAILS_BYTES = 4_096;

/** Characters kept of an unknown body or message. */
export const EXCERPT_LENGTH = 500;

const detailsRedactor = createRedactor({ maxDepth: 5, maxValues: 200, maxEntries: 50, maxTextLength: EXCERPT_LENGTH });

/** The details redacted and cut to {@link MAX_DETAILS_BYTES}: entries that do not fit are dropped from the end. */
export function boundDetails(details: Readonly<Record<string, unknown>>): Readonly<Record<string, Json>> {
  const copy = detailsRedactor.redact(details);
  if (typeof copy !== 'object' || copy === null || Array.isArray(copy)) return {};
  if (byteLength(copy) <= MAX_DETAILS_BYTES) return copy;
  const kept: Record<string, Json> = {};
  let left = MAX_DETAILS_BYTES - byteLength({ isTruncated: true });
  for (const [key, value] of Object.entries(copy)) {
    const size = byteLength({ [key]: value });
    if (size > left) continue;
    left -= size;
    kept[key] = value;
  }
  kept['isTruncated'] = true;
  return kept;
}

/** The beginning of a text, without secrets, for the details of an error. */
export function excerpt(text: string): string {
  return detailsRedactor.redactText(text);
}

function byteLength(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}

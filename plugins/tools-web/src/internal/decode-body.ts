import { Buffer, isUtf8 } from 'node:buffer';

/** A body in the form that a model can use. */
export type DecodedBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly json: unknown }
  | { readonly kind: 'text'; readonly body: string }
  | { readonly kind: 'base64'; readonly body: string };

/** Deeper JSON is handed on as text: not everything that follows can walk it. */
const DEEPEST_JSON = 64;
const TEXT_TYPE =
  /^text\/|[/+](?:json|xml|yaml|x-yaml|toml|javascript|ecmascript|x-javascript|typescript|sql|graphql|x-www-form-urlencoded|x-ndjson|jsonlines|json-seq|rtf)$|^image\/svg\+xml$/;
const JSON_TYPE = /[/+]json$/;
const META_CHARSET = /<meta[^>]+charset\s*=\s*["']?\s*([\w:-]+)/i;

/**
 * Decodes a body by its media type and charset: JSON as a value, text as text, everything else as Base64. The charset is
 * that of the byte order mark, the header or the HTML page, in this order (WHATWG Encoding and HTML standards); without
 * one UTF-8 where it is valid, else windows-1252.
 *
 * JSON stays text where a value would lose something: cut, deeper than 64 levels, or with numbers that a double cannot hold.
 */
export function decodeBody(
  bytes: Uint8Array,
  contentType: string | null,
  options: { readonly isTruncated: boolean; readonly want: 'auto' | 'text' | 'base64' },
): DecodedBody {
  if (bytes.length === 0) return { kind: 'none' };
  const { type, charset } = parseContentType(contentType);
  const isText = options.want === 'text' || (options.want === 'auto' && looksLikeText(bytes, type));
  if (!isText) return { kind: 'base64', body: Buffer.from(bytes).toString('base64') };
  const body = decodeText(bytes, charset, type);
  if (options.want === 'auto' && JSON_TYPE.test(type) && !options.isTruncated) {
    const parsed = parseJson(body);
    if (parsed !== undefined) return { kind: 'json', json: parsed.value };
  }
  return { kind: 'text', body };
}

function parseContentType(value: string | null): { readonly type: string; readonly charset: string | undefined } {
  const [type = '', ...parameters] = (value ?? '').split(';');
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(parameter)?.[1])
    .find((found) => found !== undefined);
  return { type: type.trim().toLowerCase(), charset };
}

function looksLikeText(bytes: Uint8Array, type: string): boolean {
  if (TEXT_TYPE.test(type)) return true;
  const isUnknown = type === '' || type === 'application/octet-stream' || type === 'binary/octet-stream';
  return isUnknown && !bytes.subarray(0, 8_192).includes(0) && isUtf8(withoutCutCharacter(bytes));
}

/** A cut may split the last character; it says nothing about the rest. */
function withoutCutCharacter(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > bytes.length - 4 && end > 0 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80) end--;
  return ((bytes[end - 1] ?? 0) & 0x80) === 0 ? bytes : bytes.subarray(0, end - 1);
}

function decodeText(bytes: Uint8Array, charset: string | undefined, type: string): string {
  const label = markCharset(bytes) ?? charset ?? (type.includes('html') ? pageCharset(bytes) : undefined);
  const fallback = isUtf8(withoutCutCharacter(bytes)) ? 'utf-8' : 'windows-1252';
  for (const candidate of [label, fallback]) {
    try {
      if (candidate !== undefined) return new TextDecoder(candidate).decode(bytes);
    } catch {
      // a label that no decoder knows: the next one
    }
  }
  return new TextDecoder().decode(bytes);
}

function markCharset(bytes: Uint8Array): string | undefined {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

function pageCharset(bytes: Uint8Array): string | undefined {
  return META_CHARSET.exec(Buffer.from(bytes.subarray(0, 1_024)).toString('latin1'))?.[1];
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  if (isDeep(text)) return undefined;
  try {
    let isExact = true;
    const value: unknown = JSON.parse(text, (_key, item: unknown) => {
      if (typeof item === 'number' && !(Math.abs(item) <= Number.MAX_SAFE_INTEGER)) isExact = false;
      return item;
    });
    return isExact ? { value } : undefined;
  } catch {
    return undefined;
  }
}

/** Counts brackets outside of strings. */
function isDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) isInString = false;
    } else if (code === 0x22) isInString = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > DEEPEST_JSON) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}

import { Buffer, isUtf8 } from 'node:buffer';

/** How text is kept in a file. `latin1` is windows-1252, as in the WHATWG Encoding standard. */
export const TEXT_ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'latin1'] as const;

/** One of {@link TEXT_ENCODINGS}. */
export type TextEncoding = (typeof TEXT_ENCODINGS)[number];

/** What the bytes of a file are. */
export interface Detected {
  readonly encoding: TextEncoding | 'binary';
  /** Bytes of the byte order mark. */ readonly markBytes: number;
}

const SAMPLE_BYTES = 8_192;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Tells what bytes are: by byte order mark (Unicode 16, section 2.13), else UTF-16 by the zero bytes of its Latin
 * letters, else UTF-8 where it is valid, else single bytes; binary where there is a zero byte or too much control.
 */
export function detectEncoding(bytes: Uint8Array): Detected {
  if (startsWith(bytes, [0xef, 0xbb, 0xbf])) return { encoding: 'utf-8', markBytes: 3 };
  if (startsWith(bytes, [0xff, 0xfe])) return { encoding: 'utf-16le', markBytes: 2 };
  if (startsWith(bytes, [0xfe, 0xff])) return { encoding: 'utf-16be', markBytes: 2 };
  if (bytes.includes(0)) return { encoding: utf16WithoutMark(bytes) ?? 'binary', markBytes: 0 };
  const isPdf = startsWith(bytes, [0x25, 0x50, 0x44, 0x46, 0x2d]);
  if (!isPdf && isUtf8(bytes)) return { encoding: 'utf-8', markBytes: 0 };
  return { encoding: isPdf || isMuchControl(bytes) ? 'binary' : 'latin1', markBytes: 0 };
}

/** Bytes as text. Broken characters become U+FFFD. */
export function decodeText(bytes: Uint8Array, encoding: TextEncoding): string {
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
}

/** Bytes that a text takes in an encoding, the mark not counted. */
export function byteLength(text: string, encoding: TextEncoding): number {
  if (encoding === 'utf-8') return Buffer.byteLength(text);
  return encoding === 'latin1' ? text.length : text.length * 2;
}

/** Text as bytes, UTF-16 with its mark; or the first character that the encoding does not have. */
export function encodeText(text: string, encoding: TextEncoding): Uint8Array | { readonly misfit: string } {
  if (encoding === 'latin1') return encodeLatin1(text);
  if (LONE_SURROGATE.test(text)) return { misfit: 'half of a surrogate pair' };
  if (encoding === 'utf-8') return Buffer.from(text);
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return encoding === 'utf-16be' ? bytes.swap16() : bytes;
}

/** Moves a cut so that it splits no character: forward for a start, backward for an end. */
export function alignCut(bytes: Uint8Array, at: number, encoding: TextEncoding | 'binary', way: 1 | -1): number {
  let place = at;
  if (encoding === 'utf-8') {
    for (let steps = 0; steps < 3 && place > 0 && place < bytes.length; steps++) {
      if (((bytes[place] ?? 0) & 0xc0) !== 0x80) return place;
      place += way;
    }
  }
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    if (place % 2 === 1 && place < bytes.length) place += way;
    const high = bytes[encoding === 'utf-16le' ? place + 1 : place] ?? 0;
    if (place > 0 && place < bytes.length && (high & 0xfc) === 0xdc) place += 2 * way;
  }
  return Math.min(Math.max(place, 0), bytes.length);
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

function utf16WithoutMark(bytes: Uint8Array): TextEncoding | undefined {
  if (bytes.length % 2 === 1) return undefined;
  const length = Math.min(bytes.length, SAMPLE_BYTES);
  const zeros = [0, 0];
  for (let index = 0; index < length; index++) if (bytes[index] === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros.map((count) => count / (length / 2));
  if (odd > 0.5 && even < 0.05) return isWellFormedUtf16(bytes, 'utf-16le') ? 'utf-16le' : undefined;
  return even > 0.5 && odd < 0.05 && isWellFormedUtf16(bytes, 'utf-16be') ? 'utf-16be' : undefined;
}

function isWellFormedUtf16(bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): boolean {
  const text = decodeText(bytes.subarray(0, SAMPLE_BYTES), encoding);
  return !text.includes('\0') && !isMuchControl(Buffer.from(text));
}

/** True where more than one byte in fifty is a control character that texts do not use. */
function isMuchControl(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const controls = sample.filter((byte) => byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d) && byte !== 0x1b).length;
  return controls * 50 > sample.length;
}

function encodeLatin1(text: string): Uint8Array | { readonly misfit: string } {
  const bytes = new Uint8Array(text.length);
  const special = decodeText(
    Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index),
    'latin1',
  );
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const place = special.indexOf(text.charAt(index));
    if (place >= 0) bytes[index] = 0x80 + place;
    else if (code < 0x80 || (code >= 0xa0 && code <= 0xff)) bytes[index] = code;
    else return { misfit: JSON.stringify(String.fromCodePoint(text.codePointAt(index) ?? code)) };
  }
  return bytes;
}

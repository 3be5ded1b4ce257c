import { Buffer } from 'node:buffer';
import { alignCut, byteLength, decodeText, type TextEncoding } from './text-encoding.js';

/** Part of a text by lines. */
export interface LinePart {
  readonly content: string;
  /** From 1. */ readonly startLine: number;
  /** The last line given; one less than `startLine` where there is none. */ readonly endLine: number;
  readonly totalLines: number;
  /** First line that was left out after this part. */ readonly nextLine?: number;
  /** Where to read on in a line that is too long for one part, in bytes of the file. */ readonly nextByte?: number;
}

/**
 * The lines from `startLine` on: at most `maxLines`, and at most `maxBytes` of UTF-8, ending with a whole line unless
 * the first one alone is longer.
 *
 * @param markBytes - Bytes before the text in its file.
 */
export function lineRange(
  text: string,
  options: {
    readonly startLine: number;
    readonly maxLines: number;
    readonly maxBytes: number;
    readonly encoding: TextEncoding;
    readonly markBytes: number;
  },
): LinePart {
  const { startLine, maxLines, maxBytes, encoding, markBytes } = options;
  const starts = lineStarts(text);
  const totalLines = starts.length;
  if (startLine > totalLines) return { content: '', startLine, endLine: startLine - 1, totalLines };
  const from = starts[startLine - 1] ?? 0;
  const to = starts[startLine - 1 + maxLines] ?? text.length;
  const content = cutToBytes(text.slice(from, to), maxBytes);
  const end = from + content.length;
  if (end === to) {
    const endLine = Math.min(totalLines, startLine - 1 + maxLines);
    return { content, startLine, endLine, totalLines, ...(endLine < totalLines && { nextLine: endLine + 1 }) };
  }
  const lineEnd = content.lastIndexOf('\n') + 1;
  if (lineEnd === 0) {
    const nextByte = markBytes + byteLength(text.slice(0, end), encoding);
    return { content, startLine, endLine: startLine, totalLines, nextByte };
  }
  const endLine = startLine - 1 + countLines(content.slice(0, lineEnd));
  return { content: content.slice(0, lineEnd), startLine, endLine, totalLines, nextLine: endLine + 1 };
}

/** Part of a file by bytes. */
export interface BytePart {
  readonly content: string;
  /** From 0. */ readonly startByte: number;
  /** Just after the last byte. */ readonly endByte: number;
  /** Where to read on. */ readonly nextByte?: number;
}

/** The bytes from `startByte` on, as text or Base64. Both ends are moved so that no character is split. */
export function byteRange(
  bytes: Uint8Array,
  options: { readonly startByte: number; readonly maxBytes: number; readonly encoding: TextEncoding | 'binary' },
): BytePart {
  const { encoding } = options;
  const startByte = alignCut(bytes, Math.min(options.startByte, bytes.length), encoding, 1);
  const wanted = Math.min(bytes.length, startByte + options.maxBytes);
  const aligned = alignCut(bytes, wanted, encoding, -1);
  const endByte = aligned > startByte ? aligned : wanted;
  const part = bytes.subarray(startByte, endByte);
  const content = encoding === 'binary' ? Buffer.from(part).toString('base64') : decodeText(part, encoding);
  return { content, startByte, endByte, ...(endByte < bytes.length && { nextByte: endByte }) };
}

function lineStarts(text: string): number[] {
  const starts: number[] = text === '' ? [] : [0];
  for (let at = text.indexOf('\n'); at >= 0 && at + 1 < text.length; at = text.indexOf('\n', at + 1))
    starts.push(at + 1);
  return starts;
}

function countLines(text: string): number {
  return lineStarts(text).length;
}

/** The longest beginning of a text that takes at most so many bytes of UTF-8. */
function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text.slice(0, maxBytes));
  const end = alignCut(bytes, Math.min(maxBytes, bytes.length), 'utf-8', -1);
  return bytes.subarray(0, end).toString();
}

import { defineTool, type AnyTool } from '@master-orchestrator/contracts';
import { z } from 'zod';
import type { FileLimits } from './files-tools-plugin.js';
import type { FileRoots } from './internal/file-roots.js';
import { byteRange, lineRange } from './internal/read-ranges.js';
import { decodeText, detectEncoding, TEXT_ENCODINGS, type Detected } from './internal/text-encoding.js';

const position = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const outputSchema = z.object({
  path: z.string(),
  /** Bytes of the whole file. */ size: z.number(),
  encoding: z.enum([...TEXT_ENCODINGS, 'base64']),
  content: z.string(),
  startLine: z.number().optional(),
  endLine: z.number().optional(),
  totalLines: z.number().optional(),
  startByte: z.number().optional(),
  endByte: z.number().optional(),
  isTruncated: z.boolean(),
  nextLine: z.number().optional(),
  nextByte: z.number().optional(),
});

/** Makes the tool `read_file`. */
export function readFileTool(roots: FileRoots, limits: FileLimits): AnyTool {
  return defineTool({
    name: 'read_file',
    description:
      `Reads a file, or a part of it by lines or bytes. At most ${limits.maxReadBytes} bytes come back at once; ` +
      'nextLine or nextByte says where to read on. Binary content comes back as base64.',
    category: 'file_operations',
    accessLevel: 'restricted',
    effect: 'idempotent',
    inputSchema: z
      .object({
        path: z.string().min(1).max(4_096).describe(`The file, ${roots.howTo}.`),
        encoding: z
          .enum(['auto', ...TEXT_ENCODINGS, 'base64'])
          .optional()
          .describe('How the file is written. Default auto: detected; base64 gives the bytes.'),
        startLine: position.min(1).optional().describe('First line, from 1.'),
        maxLines: position.min(1).optional().describe('Number of lines. Default: as many as fit.'),
        startByte: position.optional().describe('First byte, from 0; instead of lines.'),
        maxBytes: position.min(1).optional().describe('Number of bytes; instead of lines.'),
      })
      .refine((input) => !isByLines(input) || !isByBytes(input), { message: 'Give lines or bytes, not both.' }),
    outputSchema,
    async execute(input, { files, signal }) {
      signal.throwIfAborted();
      const place = roots.placeOf(input.path);
      const bytes = await roots.filesOf(place, files).read(place.inside, { maxBytes: limits.maxFileBytes, signal });
      return { path: place.shown, size: bytes.length, ...partOf(bytes, input, limits) };
    },
  });
}

interface Range {
  readonly encoding?: (typeof TEXT_ENCODINGS)[number] | 'auto' | 'base64' | undefined;
  readonly startLine?: number | undefined;
  readonly maxLines?: number | undefined;
  readonly startByte?: number | undefined;
  readonly maxBytes?: number | undefined;
}

function isByLines({ startLine, maxLines }: Range): boolean {
  return startLine !== undefined || maxLines !== undefined;
}

function isByBytes({ startByte, maxBytes }: Range): boolean {
  return startByte !== undefined || maxBytes !== undefined;
}

function partOf(
  bytes: Uint8Array,
  range: Range,
  limits: FileLimits,
): Omit<z.output<typeof outputSchema>, 'path' | 'size'> {
  const { encoding, markBytes } = encodingOf(bytes, range.encoding ?? 'auto');
  if (encoding === 'binary' || isByBytes(range)) {
    const mostBytes = bytesThatFit(limits.maxReadBytes, encoding);
    const part = byteRange(bytes, {
      startByte: range.startByte ?? 0,
      maxBytes: Math.min(range.maxBytes ?? mostBytes, mostBytes),
      encoding,
    });
    return { encoding: encoding === 'binary' ? 'base64' : encoding, ...part, isTruncated: part.nextByte !== undefined };
  }
  const part = lineRange(decodeText(bytes.subarray(markBytes), encoding), {
    startLine: range.startLine ?? 1,
    maxLines: range.maxLines ?? Number.MAX_SAFE_INTEGER,
    maxBytes: limits.maxReadBytes,
    encoding,
    markBytes,
  });
  return { encoding, ...part, isTruncated: part.nextLine !== undefined || part.nextByte !== undefined };
}

/** Bytes of a file whose content fits into so many bytes of UTF-8: Base64 takes four for three, other encodings one to three for one. */
function bytesThatFit(maxReadBytes: number, encoding: Detected['encoding']): number {
  if (encoding === 'utf-8') return maxReadBytes;
  return encoding === 'binary' ? Math.floor(maxReadBytes / 4) * 3 : Math.floor(maxReadBytes / 3);
}

function encodingOf(bytes: Uint8Array, wanted: NonNullable<Range['encoding']>): Detected {
  const detected = detectEncoding(bytes);
  if (wanted === 'auto') return detected;
  if (wanted === 'base64') return { encoding: 'binary', markBytes: 0 };
  return { encoding: wanted, markBytes: detected.encoding === wanted ? detected.markBytes : 0 };
}

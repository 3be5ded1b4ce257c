import { Buffer } from 'node:buffer';
import { defineTool, type AnyTool, type RootedFiles } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import type { FileLimits } from './files-tools-plugin.js';
import { quoted, type FileRoots } from './internal/file-roots.js';
import { encodeText, TEXT_ENCODINGS } from './internal/text-encoding.js';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Makes the tool `write_file`. Its effect is `idempotent` in both modes: a repeated overwrite leaves the same file, and
 * a repeated creation finds its own content there and is content with it.
 */
export function writeFileTool(roots: FileRoots, limits: FileLimits): AnyTool {
  return defineTool({
    name: 'write_file',
    description:
      'Writes a whole file at once: readers see the old content or the new, never a part. Folders on the way are made. ' +
      'Without overwrite, a file that is there with other content stays as it is and the call fails.',
    category: 'file_operations',
    accessLevel: 'restricted',
    effect: 'idempotent',
    approval: limits.approveWrites,
    inputSchema: z.object({
      path: z.string().min(1).max(4_096).describe(`The file, ${roots.howTo}.`),
      content: z.string().describe('The whole content.'),
      encoding: z
        .enum([...TEXT_ENCODINGS, 'base64'])
        .optional()
        .describe('How to write it; base64: content holds bytes as Base64. Default utf-8.'),
      overwrite: z.boolean().optional().describe('Replace a file that is there. Default false.'),
      createFolders: z.boolean().optional().describe('Make missing folders. Default true.'),
    }),
    outputSchema: z.object({
      path: z.string(),
      bytes: z.number(),
      /** False where the same content was there already. */ isChanged: z.boolean(),
    }),
    async execute({ path, content, encoding = 'utf-8', overwrite = false, createFolders = true }, { files, signal }) {
      signal.throwIfAborted();
      const place = roots.placeOf(path);
      if (place.root.isReadOnly) throw readOnly(path, place.root.name);
      const bytes = bytesOf(content, encoding);
      if (bytes.length > limits.maxWriteBytes) throw tooLarge(path, bytes.length, limits.maxWriteBytes);
      const rooted = roots.filesOf(place, files, { create: createFolders });
      try {
        await rooted.write(place.inside, bytes, { overwrite, createFolders, signal });
        return { path: place.shown, bytes: bytes.length, isChanged: true };
      } catch (error) {
        if (overwrite || !isPresent(error)) throw error;
        if (await holds(rooted, place.inside, bytes))
          return { path: place.shown, bytes: bytes.length, isChanged: false };
        throw (await rooted.stat(place.inside).catch(() => undefined))?.type === 'file' ? occupied(path, error) : error;
      }
    },
  });
}

/** True where a failed creation may have met a file of this name. */
function isPresent(error: unknown): boolean {
  return OrchestratorError.isInstance(error) && error.code === 'FILE_INVALID';
}

function occupied(path: string, cause: unknown): OrchestratorError {
  const message = `${quoted(path)} is there with other content and was left as it is. Set overwrite to true to replace it.`;
  return new OrchestratorError('FILE_INVALID', message, { cause });
}

/** True where the file is there with exactly this content. */
async function holds(files: RootedFiles, path: string, content: Uint8Array): Promise<boolean> {
  const facts = await files.stat(path).catch(() => undefined);
  if (facts?.type !== 'file' || facts.size !== content.length) return false;
  const there = await files.read(path, { maxBytes: content.length }).catch(() => undefined);
  return there !== undefined && Buffer.compare(there, content) === 0;
}

function bytesOf(content: string, encoding: (typeof TEXT_ENCODINGS)[number] | 'base64'): Uint8Array {
  if (encoding === 'base64') {
    const compact = content.replaceAll(/\s/g, '');
    if (!BASE64.test(compact)) throw misfit('content is not Base64 (RFC 4648, section 4). Encode it again.');
    return Buffer.from(compact, 'base64');
  }
  const bytes = encodeText(content, encoding);
  if (bytes instanceof Uint8Array) return bytes;
  throw misfit(`content holds ${bytes.misfit}, which ${encoding} cannot write. Use utf-8, or leave it out.`);
}

function misfit(message: string): OrchestratorError {
  return new OrchestratorError('TOOL_ARGUMENTS_INVALID', `write_file: ${message}`);
}

function readOnly(path: string, root: string): OrchestratorError {
  const message = `${quoted(path)} was not written: the folder "${root}" is open for reading only.`;
  return new OrchestratorError('FILE_FORBIDDEN', message);
}

function tooLarge(path: string, bytes: number, most: number): OrchestratorError {
  const message = `${quoted(path)} was not written: ${bytes} bytes are more than the ${most} allowed. Split it.`;
  return new OrchestratorError('REQUEST_TOO_LARGE', message);
}

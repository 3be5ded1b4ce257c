import { OrchestratorError } from '@master-orchestrator/errors';

const MAX_BYTES = 4_096;
const MAX_PARTS = 128;

/** Names that Windows gives a meaning of its own, with or without an ending; and forms it changes silently. */
const WINDOWS_TRAPS = /^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)|[:<>"|?*]|[. ]$/i;

/**
 * Splits a path below a folder into its parts. `.` and `..` are worked out on the text, before any link could give
 * them another meaning, and may not lead above the folder. Nothing is decoded, expanded or normalised.
 *
 * @param isWindows - True: names that Windows would take for a device, stream or another name are refused too.
 * @throws OrchestratorError FILE_INVALID, PATH_BLOCKED
 */
export function pathParts(path: string, isWindows = process.platform === 'win32'): string[] {
  if (typeof path !== 'string') throw invalid('it must be a text');
  if (path.includes('\0')) throw invalid('it holds a NUL character');
  if (hasControlCharacter(path)) throw invalid('it holds control characters');
  if (path.length > MAX_BYTES || Buffer.byteLength(path) > MAX_BYTES)
    throw invalid(`it is longer than ${MAX_BYTES} bytes`);
  if (path.startsWith('/')) throw blocked('it is absolute. Give a path relative to the folder');
  if (path.includes('\\')) throw blocked('it holds a backslash. Use "/" between folders');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (parts.pop() === undefined) throw blocked('it leads above the folder');
      continue;
    }
    if (isWindows && WINDOWS_TRAPS.test(part)) throw blocked(`"${part.slice(0, 100)}" is no plain name on Windows`);
    parts.push(part);
  }
  if (parts.length > MAX_PARTS) throw invalid(`it has more than ${MAX_PARTS} parts`);
  return parts;
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** Files that programs run or obey: writing them needs more than the right to write documents. */
const SENSITIVE_NAMES = new Set(['node_modules', 'package.json', 'package-lock.json', 'pnpm-lock.yaml', 'yarn.lock']);

/** The first part that must not be written without an explicit permission, or `undefined`. */
export function sensitivePart(parts: readonly string[]): string | undefined {
  return parts.find((part) => /^\.[^.]/.test(part) || SENSITIVE_NAMES.has(part.toLowerCase()));
}

/** A path that means nothing usable. */
export function invalid(why: string): OrchestratorError {
  return new OrchestratorError('FILE_INVALID', `The path was not accepted: ${why}.`);
}

/** A path that leads where it must not. */
export function blocked(why: string): OrchestratorError {
  return new OrchestratorError('PATH_BLOCKED', `The path was not accepted: ${why}.`);
}

import { OrchestratorError } from '@master-orchestrator/errors';
import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { askText } from '../cli/ask.js';
import { usageError, type CommandContext } from '../cli/command-context.js';
import type { Io } from '../cli/io.js';

const MOST_BYTES = 512 * 1_024;

/**
 * The words of a task: from the command line, from stdin for `-`, or asked for at a terminal; then the content of files.
 *
 * @param what - `task` or `goal`, for questions and messages.
 * @throws OrchestratorError USAGE_INVALID where nothing is said, FILE_INVALID, REQUEST_TOO_LARGE
 */
export async function taskText(
  context: CommandContext,
  words: readonly string[],
  { what, files = [] }: { readonly what: 'task' | 'goal'; readonly files?: readonly string[] },
): Promise<string> {
  const said = words.length === 1 && words[0] === '-' ? await readStdin(context) : words.join(' ').trim();
  const text = said === '' && context.isInteractive ? await askFor(context.io, what) : said;
  if (text === '') {
    const command = what === 'task' ? 'run' : 'achieve';
    throw usageError(`Say what is to be done: mao ${command} "…", or "-" in its place to read it from stdin.`);
  }
  const contents = await Promise.all(files.map((file) => readContent(resolve(context.cwd, file), file)));
  return [text, ...contents].join('\n\n');
}

async function readStdin({ io }: CommandContext): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of io.stdin) {
    const piece = Buffer.from(chunk as Uint8Array | string);
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw tooLarge('stdin', bytes);
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString('utf8').trim();
}

async function askFor(io: Io, what: 'task' | 'goal'): Promise<string> {
  return (await askText(io, what === 'task' ? 'What is to be done?' : 'What is the goal?')) ?? '';
}

async function readContent(path: string, given: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw tooLarge(`the file "${given}"`, size);
    const bytes = await readFile(path);
    if (bytes.includes(0)) throw fileError(given, 'is not a text');
    const text = bytes.toString('utf8').trim();
    if (text === '') throw fileError(given, 'is empty');
    return `Content of the file ${basename(path)}:\n\n${text}`;
  } catch (cause) {
    if (OrchestratorError.isInstance(cause)) throw cause;
    const { code = 'unknown reason' } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'does not exist' : code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`;
    throw fileError(given, why, cause);
  }
}

function fileError(file: string, problem: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError('FILE_INVALID', `The file "${file}" ${problem}. Give the path of a text file.`, {
    cause,
  });
}

function tooLarge(what: string, bytes: number): OrchestratorError {
  return new OrchestratorError(
    'REQUEST_TOO_LARGE',
    `A task takes at most ${MOST_BYTES} bytes of content, and ${what} has ${bytes}. Cut it, or give the agent the tool read_file.`,
  );
}

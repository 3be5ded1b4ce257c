import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { usageError, type CommandContext } from '../cli/command-context.js';

/** The flag that gives a user context. */
export interface UserContextFlags {
  readonly userContext?: string;
}

/**
 * The user context that a command line gives, as JSON or as `@file`. The value itself is in no message: it is for tools
 * alone.
 *
 * @throws OrchestratorError USAGE_INVALID where it cannot be read or is no JSON
 */
export async function userContextOf(
  { cwd }: Pick<CommandContext, 'cwd'>,
  { userContext: given }: UserContextFlags,
): Promise<{ readonly userContext?: unknown }> {
  if (given === undefined) return {};
  const text = given.startsWith('@') ? await contentOf(cwd, given.slice(1)) : given;
  try {
    return { userContext: JSON.parse(text) as unknown };
  } catch {
    const example = `--user-context '{"userId":"u1"}', or @file`;
    throw usageError(`What --user-context gives is no JSON. Write it like this: ${example}.`);
  }
}

async function contentOf(cwd: string, file: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (cause) {
    const { code = 'unknown reason' } = cause as NodeJS.ErrnoException;
    throw usageError(`The file "${file}" that --user-context names cannot be read (${code}).`);
  }
}

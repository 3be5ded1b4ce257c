import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { OrchestratorError } from '@master-orchestrator/errors';
import type { ConfigIssue } from './config-issue.js';
import type { Environment } from './env-layer.js';
import type { ConfigSource } from './layer.js';

/** Names of a project's configuration file. */
export const CONFIG_FILE_NAMES = ['mao.config.yaml', 'mao.config.yml', 'mao.config.json'] as const;

const USER_FILE_NAMES = ['config.yaml', 'config.yml', 'config.json'] as const;
const LARGEST_FILE_BYTES = 1_048_576;

/** Which files may take part, and which were looked for. */
export interface FoundFiles {
  /** Absolute path of the project's file. */ readonly project?: string;
  /** Absolute path of the user's own file. */ readonly user?: string;
  /** Absolute path of the `.env` file. */ readonly dotenv?: string;
  /** Folder of the project's file, else the starting folder. */ readonly directory: string;
  /** Folders that were searched for a project's file, nearest first. */ readonly searched: readonly string[];
  /** More files of one kind than there may be. */ readonly issues: readonly ConfigIssue[];
}

/** How to look for files. */
export interface FindOptions {
  /** Where the search starts. */ readonly cwd: string;
  /** The project's file, relative to `cwd`; it must exist. `false`: none. */ readonly file?: string | false;
  /** The user's own file. `false`: none. */ readonly userFile?: string | false;
  /** The `.env` file. `false`: none. */ readonly envFile?: string | false;
  readonly env: Environment;
}

/**
 * Finds the files of a configuration.
 *
 * @throws OrchestratorError CONFIG_NOT_FOUND when a file that was named is not there.
 */
export async function findFiles({ cwd, file, userFile, envFile, env }: FindOptions): Promise<FoundFiles> {
  const issues: ConfigIssue[] = [];
  const named = file ?? (env['MAO_CONFIG']?.trim() || undefined);
  const searched: string[] = [];
  const project =
    named === false
      ? undefined
      : named === undefined
        ? await searchUp(cwd, searched, issues)
        : await mustExist(resolve(cwd, named));
  const directory = project === undefined ? resolve(cwd) : dirname(project);
  const user =
    userFile === false
      ? undefined
      : userFile === undefined
        ? await oneOf(userDirectory(env), USER_FILE_NAMES, 'user-file', issues)
        : await mustExist(resolve(cwd, userFile));
  const dotenv =
    envFile === false
      ? undefined
      : envFile === undefined
        ? await existing(join(directory, '.env'))
        : await mustExist(resolve(cwd, envFile));
  return {
    directory,
    searched,
    issues,
    ...(project !== undefined && { project }),
    ...(user !== undefined && { user }),
    ...(dotenv !== undefined && { dotenv }),
  };
}

/** Reads a configuration file of a bounded size; what hinders is an issue. */
export async function readBounded(file: string, source: ConfigSource): Promise<string | ConfigIssue> {
  try {
    const { size } = await stat(file);
    if (size > LARGEST_FILE_BYTES) {
      const problem = `is too large to be a configuration: ${size} bytes`;
      return { path: '', problem, hint: `Keep it under ${LARGEST_FILE_BYTES} bytes.`, source };
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return { path: '', problem: `cannot be read (${code})`, hint: 'Check its permissions.', source };
  }
}

async function searchUp(cwd: string, searched: string[], issues: ConfigIssue[]): Promise<string | undefined> {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    searched.push(folder);
    const found = await oneOf(folder, CONFIG_FILE_NAMES, 'project-file', issues);
    if (found !== undefined || folder === dirname(folder)) return found;
  }
}

async function oneOf(
  folder: string,
  names: readonly string[],
  kind: 'user-file' | 'project-file',
  issues: ConfigIssue[],
): Promise<string | undefined> {
  const candidates = await Promise.all(names.map((name) => existing(join(folder, name))));
  const [first, ...others] = candidates.filter((file) => file !== undefined);
  for (const file of others) {
    const problem = `stands beside ${first ?? ''}, and only one of them can count`;
    issues.push({ path: '', problem, hint: 'Keep one of the two.', source: { kind, file } });
  }
  return first;
}

function userDirectory(env: Environment): string {
  const own = env['XDG_CONFIG_HOME']?.trim() || env['APPDATA']?.trim();
  return own
    ? join(own, 'mao')
    : join(env['HOME']?.trim() || env['USERPROFILE']?.trim() || homedir(), '.config', 'mao');
}

async function existing(file: string): Promise<string | undefined> {
  const facts = await stat(file).catch(() => undefined);
  return facts?.isFile() === true ? file : undefined;
}

async function mustExist(file: string): Promise<string> {
  const facts = await stat(file).catch((error: unknown) => error as NodeJS.ErrnoException);
  if (!(facts instanceof Error) && facts.isFile()) return file;
  const why = facts instanceof Error ? (facts.code ?? facts.message) : 'not a file';
  throw notFound(`There is no configuration file "${file}" (${why}). Name a file that is there.`, [file], facts);
}

/** The error about a configuration file that is not where it was looked for. */
export function notFound(message: string, looked: readonly string[], cause?: unknown): OrchestratorError {
  return new OrchestratorError('CONFIG_NOT_FOUND', message, {
    category: 'VALIDATION_ERROR',
    severity: 'CRITICAL',
    isReplaySafe: true,
    details: { looked: looked.slice(0, 20) },
    ...(cause instanceof Error && { cause }),
  });
}

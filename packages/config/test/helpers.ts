import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ConfigInvalidError, loadConfig, type ConfigIssue, type LoadConfigOptions } from '../src/index.js';

/** A folder that is removed at the end of a test. */
export interface Folder {
  readonly path: string;
  write(file: string, text: string): Promise<string>;
}

export async function temporaryFolder(files: Readonly<Record<string, string>> = {}): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'mao-config-'));
  const write = async (file: string, text: string): Promise<string> => {
    const place = join(path, file);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text);
    return place;
  };
  for (const [file, text] of Object.entries(files)) await write(file, text);
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return { path, write };
}

/** Options that see nothing of the machine the tests run on. */
export function alone(folder: Folder, options: LoadConfigOptions = {}): LoadConfigOptions {
  return { cwd: folder.path, env: { HOME: folder.path }, ...options };
}

export async function issuesOf(options: LoadConfigOptions): Promise<readonly ConfigIssue[]> {
  try {
    await loadConfig(options);
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error.issues;
    throw error;
  }
  return [];
}

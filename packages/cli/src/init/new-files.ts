import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { usageError } from '../cli/command-context.js';

/** Files to be written: path inside a folder, and content. */
export type NewFiles = ReadonlyMap<string, string>;

/**
 * Writes files into a folder. Nothing is written where a file would be replaced, unless that is wanted.
 *
 * @throws OrchestratorError USAGE_INVALID, naming the files that are there
 */
export async function writeNewFiles(folder: string, files: NewFiles, isOverwriting: boolean): Promise<void> {
  if (!isOverwriting) await refuseClashes(folder, files);
  for (const [file, content] of files) {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

async function refuseClashes(folder: string, files: NewFiles): Promise<void> {
  const facts = await stat(folder).catch(() => undefined);
  if (facts !== undefined && !facts.isDirectory())
    throw usageError(`${folder} is there already and is no folder. Name another one.`);
  const there = await Promise.all(
    [...files.keys()].map(async (file) =>
      (await stat(join(folder, file)).catch(() => undefined)) === undefined ? [] : [file],
    ),
  );
  const clashing = there.flat();
  if (clashing.length === 0) return;
  throw usageError(
    `${folder} already has ${clashing.join(', ')}. Nothing was written. Name another folder, or replace them with --overwrite.`,
  );
}

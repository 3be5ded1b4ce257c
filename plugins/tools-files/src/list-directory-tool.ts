import { defineTool, type AnyTool, type FileEntry, type ToolFiles } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import type { FileLimits } from './files-tools-plugin.js';
import type { FilePlace, FileRoots } from './internal/file-roots.js';

const entrySchema = z.object({
  path: z.string(),
  type: z.enum(['file', 'directory', 'link', 'other']),
  /** Bytes; files only. */ size: z.number().optional(),
  /** ISO 8601. */ modifiedAt: z.string().optional(),
  /** Code of the failure, for a folder that could not be listed. */ error: z.string().optional(),
});

type Entry = z.output<typeof entrySchema>;

/** Makes the tool `list_directory`. */
export function listDirectoryTool(roots: FileRoots, limits: FileLimits): AnyTool {
  return defineTool({
    name: 'list_directory',
    description:
      'Lists a folder, sorted by name, and with depth also the folders in it. Links are shown and not followed. ' +
      `At most ${limits.maxEntries} entries; isTruncated says that there are more.`,
    category: 'file_operations',
    accessLevel: 'restricted',
    effect: 'idempotent',
    inputSchema: z.object({
      path: z.string().max(4_096).optional().describe(`The folder, ${roots.howTo}. Default: the top.`),
      depth: z
        .int()
        .min(1)
        .max(limits.maxDepth)
        .optional()
        .describe('Levels of folders to look into. Default 1: this folder alone.'),
      maxEntries: z.int().min(1).max(limits.maxEntries).optional().describe('Stop after so many entries.'),
    }),
    outputSchema: z.object({ path: z.string(), entries: z.array(entrySchema), isTruncated: z.boolean() }),
    async execute({ path = '.', depth = 1, maxEntries = limits.maxEntries }, { files, signal }) {
      const walk = new Walk(roots, files, signal, maxEntries);
      const isTop = path === '' || roots.isTop(path);
      const start = isTop && roots.all.length > 1 ? undefined : roots.placeOf(path === '' ? '.' : path);
      if (start === undefined) await walk.top(depth);
      else await walk.folder(start, depth);
      return { path: start?.shown ?? '.', entries: walk.entries, isTruncated: walk.isTruncated };
    },
  });
}

/** One listing: entries in the order of a walk from above, bounded in number. */
class Walk {
  readonly entries: Entry[] = [];
  isTruncated = false;
  readonly #roots: FileRoots;
  readonly #files: ToolFiles;
  readonly #signal: AbortSignal;
  readonly #maxEntries: number;

  constructor(roots: FileRoots, files: ToolFiles, signal: AbortSignal, maxEntries: number) {
    this.#roots = roots;
    this.#files = files;
    this.#signal = signal;
    this.#maxEntries = maxEntries;
  }

  /** The roots themselves, where there are several. */
  async top(depth: number): Promise<void> {
    for (const root of this.#roots.all) {
      if (!this.#add({ path: root.name, type: 'directory' })) return;
      if (depth > 1) await this.#subfolder(this.#roots.place(root, '.'), depth - 1);
    }
  }

  /** @throws OrchestratorError of the host's guard, when this folder cannot be listed. */
  async folder(place: FilePlace, depth: number): Promise<void> {
    this.#signal.throwIfAborted();
    const room = this.#maxEntries - this.entries.length + 1;
    const found = await this.#roots.filesOf(place, this.#files).list(place.inside, { maxEntries: room });
    for (const entry of found) {
      const inside = below(place.inside, entry.name);
      const child = this.#roots.place(place.root, inside);
      if (!this.#add(entryOf(child.shown, entry))) return;
      if (entry.type === 'directory' && depth > 1) await this.#subfolder(child, depth - 1);
      if (this.isTruncated) return;
    }
  }

  /** A folder inside that cannot be listed is told in its entry and does not end the listing. */
  async #subfolder(place: FilePlace, depth: number): Promise<void> {
    const entry = this.entries.at(-1);
    try {
      await this.folder(place, depth);
    } catch (error) {
      if (!OrchestratorError.isInstance(error) || this.#signal.aborted || entry === undefined) throw error;
      entry.error = error.code;
    }
  }

  #add(entry: Entry): boolean {
    if (this.entries.length >= this.#maxEntries) this.isTruncated = true;
    else this.entries.push(entry);
    return !this.isTruncated;
  }
}

function below(folder: string, name: string): string {
  const start = folder.replace(/\/+$/, '').replace(/^(?:\.\/)+/, '');
  return start === '' || start === '.' ? name : `${start}/${name}`;
}

function entryOf(path: string, { type, size, modifiedAt }: FileEntry): Entry {
  return {
    path,
    type,
    ...(size !== undefined && { size }),
    ...(modifiedAt !== undefined && { modifiedAt: new Date(modifiedAt).toISOString() }),
  };
}

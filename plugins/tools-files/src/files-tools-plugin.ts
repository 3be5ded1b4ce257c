import { readOptions, type AnyTool, type OptionsSchema, type PluginV1 } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { FileRoots } from './internal/file-roots.js';
import { listDirectoryTool } from './list-directory-tool.js';
import { readFileTool } from './read-file-tool.js';
import { version } from './version.js';
import { writeFileTool } from './write-file-tool.js';

/** A folder that agents may use. */
export interface FileRoot {
  /** The folder: absolute, or relative to the process's folder. */ readonly path: string;
  /** First part of paths, where there are several roots. @default the folder's own name */ readonly name?: string;
  /** True: nothing is written below it. @default false */ readonly isReadOnly?: boolean;
}

/** Options of {@link filesToolsPlugin}. */
export interface FilesToolsPluginOptions {
  /** Folders that agents may use; at least one. */ readonly roots: readonly (string | FileRoot)[];
  /** Largest file that is read, in bytes. @default 10_485_760 */ readonly maxFileBytes?: number;
  /** Most content that one read returns, in bytes of UTF-8. @default 262_144 */ readonly maxReadBytes?: number;
  /** Largest file that is written, in bytes. @default 10_485_760 */ readonly maxWriteBytes?: number;
  /** Most entries that one listing returns. @default 1_000 */ readonly maxEntries?: number;
  /** Deepest level below the listed folder. @default 8 */ readonly maxDepth?: number;
  /** True: a person approves each write. @default false */ readonly approveWrites?: boolean;
}

/** Bounds of the tools, checked. */
export type FileLimits = Required<Omit<FilesToolsPluginOptions, 'roots'>>;

const bytes = z.int().min(1).max(1_073_741_824);

const fileRoot = z.strictObject({
  path: z.string().min(1),
  name: z
    .string()
    .regex(/^[^/\\]+$/, 'must have no slash')
    .optional(),
  isReadOnly: z.boolean().optional(),
});

/** The options as the host checks and shows them. */
export const filesToolsOptions = z.strictObject({
  roots: z
    .array(z.union([z.string().min(1), fileRoot]))
    .min(1)
    .readonly()
    .meta({ 'x-expected': 'a list of folders, as paths or as `{ path, name, isReadOnly }`' })
    .describe('Folders that agents may use; at least one.'),
  maxFileBytes: bytes.default(10_485_760).describe('Largest file that is read, in bytes.'),
  maxReadBytes: bytes.min(16).default(262_144).describe('Most content that one read returns, in bytes of UTF-8.'),
  maxWriteBytes: bytes.default(10_485_760).describe('Largest file that is written, in bytes.'),
  maxEntries: z.int().min(1).max(100_000).default(1_000).describe('Most entries that one listing returns.'),
  maxDepth: z.int().min(1).max(64).default(8).describe('Deepest level below the listed folder.'),
  approveWrites: z.boolean().default(false).describe('A person approves each write.'),
}) satisfies OptionsSchema<FilesToolsPluginOptions>;

/**
 * Adds `read_file`, `list_directory` and, where a root may be written to, `write_file`. All go through the host's guard:
 * no path, link or race leads out of the roots.
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range or two roots have one name.
 */
export function filesToolsPlugin(options: FilesToolsPluginOptions): PluginV1 {
  const { roots: given, ...limits } = readOptions(filesToolsOptions, options, 'filesToolsPlugin');
  const roots = new FileRoots(given);
  const tools: AnyTool[] = [readFileTool(roots, limits), listDirectoryTool(roots, limits)];
  if (roots.isWritable) tools.push(writeFileTool(roots, limits));
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/tools-files',
    version,
    permissions: roots.isWritable ? ['fs:read', 'fs:write'] : ['fs:read'],
    contributes: { tools },
  };
}

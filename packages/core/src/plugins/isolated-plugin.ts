import { optional, problemOfTool, type AnyTool, type Permission, type PluginV1 } from '@master-orchestrator/contracts';
import { OrchestratorError, systemClock, type Clock, type Json } from '@master-orchestrator/errors';
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { IsolatedProcess, type MadePlugin } from './isolated-process.js';
import type { ToolDescription } from './isolated-messages.js';

/** What {@link isolatedPlugin} takes. */
export interface IsolatedPluginOptions {
  /** The module of the plugin: an absolute path or a `file:` URL. */ readonly module: string | URL;
  /** Name of the function in it that makes the plugin. */ readonly factory: string;
  /** What that function gets; JSON. @default {} */ readonly options?: Json;
  /** What it may do. `process` is never granted. @default nothing */ readonly permissions?: readonly Permission[];
  /** Folders it may read, beside its own package and what that imports; with `fs:read`. */ readonly readRoots?: readonly string[];
  /** Folders it may write; with `fs:write`. */ readonly writeRoots?: readonly string[];
  /** Bound of its heap, in MiB. @default 128 */ readonly heapMb?: number;
  /** Time to load it, in milliseconds. @default 10_000 */ readonly startTimeoutMs?: number;
  /** Time a call has to end after its abort before the process is killed, in milliseconds. @default 1_000 */
  readonly graceMs?: number;
  /** @default the clock of the machine */ readonly clock?: Clock;
}

/**
 * A plugin of tools that runs in a process of its own, under Node's permission model: it reads its own package and the
 * folders granted, starts no process, has no environment, and its end is not the end of the host. See the README for
 * what this does not protect from: on Node before 26 the network is open to it.
 *
 * @throws OrchestratorError PLUGIN_INVALID
 */
export async function isolatedPlugin(options: IsolatedPluginOptions): Promise<PluginV1> {
  const { permissions = [], readRoots = [], writeRoots = [], heapMb = 128, startTimeoutMs = 10_000 } = options;
  if (permissions.includes('process')) {
    throw new OrchestratorError('PLUGIN_INVALID', 'An isolated plugin cannot have the permission "process".');
  }
  const file = await realpath(typeof options.module === 'string' ? options.module : fileURLToPath(options.module));
  const home = new IsolatedProcess({
    label: `The plugin "${options.factory}" of ${file}`,
    module: pathToFileURL(file).href,
    factory: options.factory,
    options: options.options ?? {},
    readRoots: [...(await codeFolders(file)), ...(permissions.includes('fs:read') ? readRoots : [])].map(below),
    writeRoots: permissions.includes('fs:write') ? writeRoots.map(below) : [],
    heapMb,
    startTimeoutMs,
    graceMs: options.graceMs ?? 1_000,
    clock: options.clock ?? systemClock,
  });
  try {
    const made = await home.start();
    return pluginOf(made, home, permissions);
  } catch (error) {
    await home.stop();
    throw error;
  }
}

function pluginOf(made: MadePlugin, home: IsolatedProcess, permissions: readonly Permission[]): PluginV1 {
  const { name, version, others } = made;
  if (others.length > 0) {
    throw new OrchestratorError(
      'PLUGIN_INVALID',
      `Plugin "${name}" brings ${others.join(', ')}; only tools can run in a process of their own.`,
    );
  }
  const tools = made.tools.map((description) => toolOf(description, home));
  const problem = tools.map(problemOfTool).find((each) => each !== undefined);
  if (problem !== undefined) throw new OrchestratorError('PLUGIN_INVALID', `Plugin "${name}": ${problem}`);
  return {
    specificationVersion: 'v1',
    name,
    version,
    permissions,
    contributes: { tools },
    dispose: () => home.stop(),
  };
}

function toolOf(told: ToolDescription, home: IsolatedProcess): AnyTool {
  const { name, description, category, accessLevel, effect, approval, limits, inputSchema, userContextSchema } = told;
  const tool = {
    name,
    description,
    category,
    accessLevel,
    effect,
    approval,
    ...optional({ limits }),
    inputSchema: z.fromJSONSchema(inputSchema),
    ...(userContextSchema === undefined ? {} : { userContextSchema: z.fromJSONSchema(userContextSchema) }),
    execute: (input: unknown, context: Parameters<AnyTool['execute']>[1]) => home.call(name, input, context),
  };
  return tool as unknown as AnyTool;
}

/** The folders with code that a module may import: its own package, and the packages above it, as Node looks them up. */
async function codeFolders(file: string): Promise<string[]> {
  const folders: string[] = [];
  let own: string | undefined;
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (own === undefined && (await exists(join(folder, 'package.json')))) own = folder;
    const packages = join(folder, 'node_modules');
    if (await exists(packages)) folders.push(packages);
  }
  return [own ?? dirname(file), ...folders];
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function below(folder: string): string {
  return folder.endsWith(sep) ? folder : `${folder}${sep}`;
}

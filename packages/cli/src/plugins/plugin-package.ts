import { isSchema, type PluginV1 } from '@master-orchestrator/contracts';
import { nearest } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { BUNDLED_PLUGINS, type PluginModule, type PluginSettings } from './bundled-plugins.js';

/** A plugin package on disk, as its manifest tells. No code of it has been loaded. */
export interface PluginPackage {
  readonly name: string;
  readonly version: string;
  readonly directory: string;
  /** The module that makes the plugin. */ readonly file: string;
  /** Name of the function in it. */ readonly factory: string;
  /** Module and name of the schema of its settings, where there is one. */ readonly options?: ExportPlace;
  /** What it may ask for at most. */ readonly permissions: readonly string[];
  /** The whole manifest. */ readonly manifest: Readonly<Record<string, unknown>>;
}

/** Where something is exported. */
export interface ExportPlace {
  readonly file: string;
  readonly name: string;
}

type Factory = (settings: PluginSettings) => PluginV1 | Promise<PluginV1>;

/** The contract that this host knows. */
export const CONTRACT = 'v1';
const TARGET = /^(\.\/[^#]+)#([A-Za-z_$][\w$]*)$/;
const maoField = z.looseObject({
  plugin: z.string().regex(TARGET),
  options: z.string().regex(TARGET).optional(),
  contract: z.string(),
  permissions: z.array(z.string()).default([]),
});
const manifestShape = z.looseObject({ name: z.string(), version: z.string(), mao: z.unknown().optional() });

/**
 * Reads the manifest of a plugin package.
 *
 * @param name - Name of a package, looked up in the `node_modules` from `directory` upward and then beside this command;
 * or a folder, when it begins with `.` or `/`.
 * @throws OrchestratorError PLUGIN_UNKNOWN, PLUGIN_INVALID, PLUGIN_VERSION_UNSUPPORTED
 */
export async function readPluginPackage(name: string, directory: string): Promise<PluginPackage> {
  const folder = await folderOf(name, directory);
  const manifest = await readManifest(name, folder);
  const { mao } = manifest;
  const complain = (problem: string): OrchestratorError =>
    new OrchestratorError('PLUGIN_INVALID', `Package "${manifest.name}" (${folder}) ${problem}.`);
  if (mao === undefined) throw complain('is no plugin: its package.json has no "mao" field');
  const parsed = maoField.safeParse(mao);
  if (!parsed.success)
    throw complain(
      'has a "mao" field without "plugin": "./<file>#<factory>" and "contract": "v1", or with "options" in another form than "./<file>#<schema>"',
    );
  const { plugin, options, contract, permissions } = parsed.data;
  if (contract !== CONTRACT) {
    throw new OrchestratorError(
      'PLUGIN_VERSION_UNSUPPORTED',
      `Package "${manifest.name}" was made for contract ${JSON.stringify(contract)}; this orchestrator knows "${CONTRACT}". Install a version of it made for that.`,
    );
  }
  const { name: packageName, version } = manifest;
  const { file, name: factory } = placeOf(plugin, folder);
  const schema = options === undefined ? {} : { options: placeOf(options, folder) };
  return { name: packageName, version, directory: folder, file, factory, ...schema, permissions, manifest };
}

function placeOf(target: string, folder: string): ExportPlace {
  const [, path = '', name = ''] = TARGET.exec(target) ?? [];
  return { file: join(folder, path), name };
}

/**
 * Loads the module of a plugin package. Its factory is not called yet.
 *
 * @throws OrchestratorError PLUGIN_INVALID, PLUGIN_FAILED
 */
export async function loadPluginPackage(found: PluginPackage): Promise<PluginModule> {
  const factory = await importExport(found, { file: found.file, name: found.factory }, 'factory', isFunction);
  const make = (settings: PluginSettings): Promise<PluginV1> => makePlugin(found, factory as Factory, settings);
  if (found.options === undefined) return { make };
  return { make, options: (await importExport(found, found.options, 'options schema', isZodSchema)) as z.ZodType };
}

async function makePlugin(found: PluginPackage, factory: Factory, settings: PluginSettings): Promise<PluginV1> {
  const plugin = await call(found, () => factory(settings));
  const complain = (problem: string): OrchestratorError =>
    new OrchestratorError('PLUGIN_INVALID', `${found.factory}() of package "${found.name}" ${problem}.`);
  if (typeof plugin !== 'object' || plugin === null || typeof plugin.contributes !== 'object') {
    throw complain('returned no plugin object');
  }
  if (plugin.name !== found.name && !plugin.name.startsWith(`${found.name}:`)) {
    throw complain(`returned a plugin named "${plugin.name}": the name of the package was expected`);
  }
  const unannounced = (plugin.permissions ?? []).filter((permission) => !found.permissions.includes(permission));
  if (unannounced.length > 0) {
    throw complain(`asks for ${unannounced.join(', ')}, which its package.json does not announce`);
  }
  return plugin;
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

/** True for a schema of zod 4, of whichever installed copy. */
function isZodSchema(value: unknown): boolean {
  return isSchema(value) && '_zod' in (value as object);
}

async function importExport(
  found: PluginPackage,
  { file, name }: ExportPlace,
  what: 'factory' | 'options schema',
  isFit: (value: unknown) => boolean,
): Promise<unknown> {
  const module = await call(found, () => import(pathToFileURL(file).href) as Promise<Record<string, unknown>>);
  if (isFit(module[name])) return module[name];
  const known = Object.keys(module)
    .filter((key) => isFit(module[key]))
    .toSorted();
  const none = what === 'factory' ? 'no function' : 'no zod schema';
  throw new OrchestratorError(
    'PLUGIN_INVALID',
    `Package "${found.name}" names the ${what} "${name}", which ${file} does not export (it has: ${known.join(', ') || none}).`,
  );
}

async function call<T>(found: PluginPackage, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (OrchestratorError.isInstance(cause)) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OrchestratorError('PLUGIN_FAILED', `Plugin "${found.name}" (${found.file}) could not be made: ${why}`, {
      cause,
      details: { plugin: found.name, file: found.file },
    });
  }
}

async function folderOf(name: string, directory: string): Promise<string> {
  if (isFolder(name)) return resolve(directory, name);
  for (const start of [directory, dirname(fileURLToPath(import.meta.url))]) {
    const found = await findPackage(name, start);
    if (found !== undefined) return found;
  }
  const near = nearest(
    name,
    BUNDLED_PLUGINS.map((plugin) => plugin.name),
  );
  const hint =
    near === undefined ? `Run "npm install ${name}" in ${directory}` : `Did you mean "${near}"? If not, install it`;
  throw new OrchestratorError(
    'PLUGIN_UNKNOWN',
    `Plugin "${name}" is not installed. ${hint}, or take it out of the configuration.`,
  );
}

/** True for a name that is the path of a folder. */
export function isFolder(name: string): boolean {
  return /^(\.{1,2}$|\.{0,2}[/\\]|[A-Za-z]:[/\\])/.test(name);
}

/** Folder of a package in the `node_modules` from a folder upward. */
export async function findPackage(name: string, start: string): Promise<string | undefined> {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (await exists(join(candidate, 'package.json'))) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() === true;
}

async function readManifest(name: string, folder: string): Promise<z.output<typeof manifestShape>> {
  const file = join(folder, 'package.json');
  const invalid = (problem: string, cause?: unknown): OrchestratorError =>
    new OrchestratorError('PLUGIN_INVALID', `Plugin "${name}": ${file} ${problem}.`, { cause });
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw invalid(isMissing ? 'does not exist' : `cannot be read: ${(cause as Error).message}`, cause);
  }
  const checked = manifestShape.safeParse(parsed);
  if (!checked.success) throw invalid('has no name and version');
  return checked.data;
}

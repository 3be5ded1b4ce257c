import { OrchestratorError } from '@master-orchestrator/errors';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Project } from '../project/load-project.js';
import { bundledPlugin } from './bundled-plugins.js';
import { findPackage, readPluginPackage, type PluginPackage } from './plugin-package.js';

/** What marks a package as a plugin, so that others find it. */
export const PLUGIN_KEYWORD = 'mao-plugin';

/** A plugin among the dependencies of the project, of which the configuration says nothing. No code of it is loaded. */
export interface AvailablePlugin {
  readonly name: string;
  /** What its manifest says; absent where it cannot be used. */ readonly found?: PluginPackage;
  /** Why it cannot be used. */ readonly error?: OrchestratorError;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly keywords?: unknown;
  readonly mao?: unknown;
}

/**
 * The plugins that are installed as dependencies of the project and that the configuration does not name: packages with
 * the keyword `mao-plugin` and the field `mao`. Only manifests are read. By name.
 */
export async function availablePlugins({ directory, loaded }: Project): Promise<readonly AvailablePlugin[]> {
  const { dependencies, devDependencies } = await nearestManifest(directory);
  const names = [...new Set(Object.keys({ ...dependencies, ...devDependencies }))].filter(
    (name) => !Object.hasOwn(loaded.config.plugins, name) && bundledPlugin(name) === undefined,
  );
  const found = await Promise.all(names.map((name) => lookInto(name, directory)));
  return found.flatMap((each) => each ?? []).toSorted((a, b) => a.name.localeCompare(b.name));
}

async function lookInto(name: string, directory: string): Promise<AvailablePlugin | undefined> {
  const folder = await findPackage(name, directory);
  const manifest = folder === undefined ? undefined : await readJson(join(folder, 'package.json'));
  if (!Array.isArray(manifest?.keywords) || !manifest.keywords.includes(PLUGIN_KEYWORD)) return undefined;
  if (manifest.mao === undefined) return undefined;
  try {
    return { name, found: await readPluginPackage(name, directory) };
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return { name, error };
    throw error;
  }
}

async function nearestManifest(directory: string): Promise<Manifest> {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    const manifest = await readJson(join(folder, 'package.json'));
    if (manifest !== undefined) return manifest;
    if (folder === dirname(folder)) return {};
  }
}

async function readJson(file: string): Promise<Manifest | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

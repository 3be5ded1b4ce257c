import { pluginOptions } from '@master-orchestrator/config';
import { silentLogger, type PluginV1 } from '@master-orchestrator/contracts';
import { EventBus, PluginRegistry } from '@master-orchestrator/core';
import { OrchestratorError, systemClock, type SerializedError } from '@master-orchestrator/errors';
import { CONTRACT } from './plugin-package.js';
import type { Project } from '../project/load-project.js';
import { availablePlugins } from './discover-plugins.js';
import { attemptPlugins, type PluginAttempt } from './load-plugins.js';

/** A plugin as lists show it. */
export interface ListedPlugin {
  readonly name: string;
  readonly version: string | null;
  readonly from: PluginAttempt['from'];
  /** `available`: installed, and not turned on; no code of it is loaded. */
  readonly status: 'ready' | 'refused' | 'available';
  /** Version of the contract it was made for; `null` where its manifest was not read. */ readonly contract:
    | string
    | null;
  readonly permissions: readonly string[];
  /** Names of what it adds, by kind. */ readonly contributes: Readonly<Record<string, readonly string[]>>;
  /** Paths of the options that a file may set; `null` where it has no schema of them. */
  readonly options: readonly string[] | null;
  readonly error: SerializedError | null;
}

/** In which colour a status is shown. */
export const STATUS_COLORS = { ready: 'green', refused: 'red', available: 'yellow' } as const;

/** Every plugin of a project: those that are on, those that were refused, and those that are installed and not on. */
export async function allPlugins(project: Project): Promise<ListedPlugin[]> {
  const attempts = await attemptPlugins(project);
  const tried = new Set(attempts.map(({ name }) => name));
  const others = (await availablePlugins(project)).filter(({ name }) => !tried.has(name));
  const available = others.map(({ name, found, error }): ListedPlugin => ({
    name,
    version: found?.version ?? null,
    from: 'package',
    status: 'available',
    contract: found === undefined ? null : CONTRACT,
    permissions: found?.permissions ?? [],
    contributes: {},
    options: null,
    error: error?.toJSON() ?? null,
  }));
  return [...listPlugins(attempts), ...available];
}

/** Registers each plugin as the orchestrator would, so that clashes are found too. */
export function listPlugins(attempts: readonly PluginAttempt[]): ListedPlugin[] {
  const registry = new PluginRegistry({ bus: new EventBus(systemClock), logger: silentLogger });
  return attempts.map(({ name, from, plugin, options, error }) => {
    const refused = error ?? (plugin === undefined ? undefined : refusalOf(registry, plugin));
    const names = options === undefined ? null : pluginOptions(options).filter(({ isInCode }) => !isInCode);
    return {
      name: plugin?.name ?? name,
      version: plugin?.version ?? null,
      from,
      status: refused === undefined ? 'ready' : 'refused',
      contract: plugin?.specificationVersion ?? null,
      permissions: plugin?.permissions ?? [],
      contributes: registry.list().find((view) => view.name === plugin?.name)?.contributes ?? {},
      options: names?.map(({ path }) => path) ?? null,
      error: refused?.toJSON() ?? null,
    };
  });
}

function refusalOf(registry: PluginRegistry, plugin: PluginV1): OrchestratorError | undefined {
  try {
    registry.register([plugin]);
    return undefined;
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return error;
    throw error;
  }
}

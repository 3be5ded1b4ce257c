import { pluginOptions } from '@master-orchestrator/config';
import { silentLogger, type PluginV1 } from '@master-orchestrator/contracts';
import { EventBus, PluginRegistry } from '@master-orchestrator/core';
import { OrchestratorError, systemClock, type SerializedError } from '@master-orchestrator/errors';
import type { PluginAttempt } from './load-plugins.js';

/** A plugin as lists show it. */
export interface ListedPlugin {
  readonly name: string;
  readonly version: string | null;
  readonly from: PluginAttempt['from'];
  readonly status: 'ready' | 'refused';
  readonly permissions: readonly string[];
  /** Names of what it adds, by kind. */ readonly contributes: Readonly<Record<string, readonly string[]>>;
  /** Paths of the options that a file may set; `null` where it has no schema of them. */
  readonly options: readonly string[] | null;
  readonly error: SerializedError | null;
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

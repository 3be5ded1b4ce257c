import { isPlainObject } from './internal/plain-object.js';
import type { OrchestratorConfig } from './schema/config-schema.js';
import { Secret } from './secret.js';

/** Names of the plugins that the configuration turns on, in the order given. */
export function configuredPlugins(config: OrchestratorConfig): string[] {
  return Object.keys(config.plugins).filter((name) => config.plugins[name] !== false);
}

/**
 * The settings of one plugin as its factory takes them: secrets are revealed, so keep the answer out of logs. Empty for
 * a plugin without settings.
 */
export function pluginSettings(config: OrchestratorConfig, name: string): Record<string, unknown> {
  const section = Object.hasOwn(config.plugins, name) ? config.plugins[name] : undefined;
  return isPlainObject(section) ? (reveal(section) as Record<string, unknown>) : {};
}

function reveal(value: unknown): unknown {
  if (Secret.isInstance(value)) return value.reveal();
  if (Array.isArray(value)) return value.map(reveal);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reveal(item)]));
}

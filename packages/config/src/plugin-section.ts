import type { z } from 'zod';
import type { ConfigIssue } from './config-issue.js';
import { displayPath } from './internal/display-path.js';
import { isPlainObject } from './internal/plain-object.js';
import type { ConfigSource } from './layer.js';
import type { LoadedConfig } from './loaded-config.js';
import { schemaIssues, type Path } from './schema-issues.js';
import { optionsJsonSchema, pluginOptions } from './schema-setting.js';
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
export function pluginSettings(config: Pick<OrchestratorConfig, 'plugins'>, name: string): Record<string, unknown> {
  const section = Object.hasOwn(config.plugins, name) ? config.plugins[name] : undefined;
  return isPlainObject(section) ? (reveal(section) as Record<string, unknown>) : {};
}

/**
 * Everything in a plugin's section that does not fit the schema of its options, each problem with its path, what is
 * allowed, the nearest known name and the place where it was written; empty where all is well.
 */
export function pluginIssues(
  { config, sources }: Pick<LoadedConfig, 'sources'> & { readonly config: Pick<OrchestratorConfig, 'plugins'> },
  name: string,
  schema: z.ZodType,
): ConfigIssue[] {
  const parsed = schema.safeParse(pluginSettings(config, name));
  if (parsed.success) return [];
  return schemaIssues(parsed.error.issues, {
    value: config.plugins[name] ?? {},
    at: ['plugins', name],
    settings: () => pluginOptions(schema),
    schema: () => optionsJsonSchema(schema),
    locate: (path) => sourceNear(sources, path),
  });
}

/** The place of a value, of what stands around it, or of the first thing inside that. */
function sourceNear(sources: ReadonlyMap<string, ConfigSource>, path: Path): ConfigSource | undefined {
  for (let length = path.length; length > 1; length--) {
    const start = displayPath(path.slice(0, length));
    const here = sources.get(start);
    if (here !== undefined) return here;
    for (const [key, source] of sources) if (key.startsWith(`${start}.`) || key.startsWith(`${start}[`)) return source;
  }
  return undefined;
}

function reveal(value: unknown): unknown {
  if (Secret.isInstance(value)) return value.reveal();
  if (Array.isArray(value)) return value.map(reveal);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reveal(item)]));
}

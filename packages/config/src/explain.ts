import { displayPath } from './internal/display-path.js';
import { isPlainObject, valueAt } from './internal/plain-object.js';
import { redact } from './internal/redact.js';
import { sourceWords, type ConfigSource, type Layer } from './layer.js';
import type { LoadedConfig } from './loaded-config.js';
import type { OrchestratorConfig } from './schema/config-schema.js';
import { Secret } from './secret.js';
import { allSettings } from './settings.js';

/** One value of a configuration, and why it is so. */
export interface ConfigLine {
  /** `server.port` */ readonly path: string;
  /** Plain data, secrets masked; absent where the setting is unset. */ readonly value?: unknown;
  readonly source: ConfigSource;
  /** The source in words: `mao.config.yaml:3:5`. */ readonly origin: string;
  /** Absent for settings of plugins. */ readonly description?: string;
}

/** Every setting with its value and its source, in the order of the schema; the plugins' own settings last. */
export function explain({ config, sources }: LoadedConfig): ConfigLine[] {
  return leavesOf(config).map(({ path, keys, value, description }) => {
    const source = sources.get(path) ?? { kind: 'default' };
    return {
      path,
      ...(value !== undefined && { value: redact(value, keys.at(-1)) }),
      source,
      origin: sourceWords(source),
      ...(description !== undefined && { description }),
    };
  });
}

/** The source of every value that is not a default. */
export function sourcesOf(
  config: OrchestratorConfig,
  origins: ReadonlyMap<string, Layer>,
): ReadonlyMap<string, ConfigSource> {
  const sources = new Map<string, ConfigSource>();
  for (const { path, keys, value } of leavesOf(config)) {
    const layer = value === undefined ? undefined : origins.get(path);
    if (layer !== undefined) sources.set(path, layer.locate(keys, 'value'));
  }
  return sources;
}

interface Leaf {
  readonly path: string;
  readonly keys: readonly string[];
  readonly value: unknown;
  readonly description?: string;
}

function leavesOf(config: OrchestratorConfig): Leaf[] {
  return allSettings().flatMap(({ path, keys, description, kind }): Leaf[] => {
    const value = valueAt(config, keys);
    if (kind !== 'record' || !isPlainObject(value) || Object.keys(value).length === 0) {
      return [{ path, keys, value, description }];
    }
    return [...leavesInside(keys, value)];
  });
}

function* leavesInside(keys: readonly string[], value: unknown): Generator<Leaf> {
  if (isPlainObject(value) && !Secret.isInstance(value) && Object.keys(value).length > 0) {
    for (const [key, item] of Object.entries(value)) yield* leavesInside([...keys, key], item);
  } else yield { path: displayPath(keys), keys, value };
}

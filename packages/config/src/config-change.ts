import { assembleOrThrow } from './assemble.js';
import { isPlainObject, setAt, valueAt, type PlainObject } from './internal/plain-object.js';
import { plainLayer, type ConfigSource } from './layer.js';
import { loadedConfig, type LoadedConfig } from './loaded-config.js';
import { Secret } from './secret.js';
import { allSettings } from './settings.js';

/** What is different in a newer configuration. */
export interface ConfigChange {
  /** Settings that are taken over now. */ readonly reloaded: readonly string[];
  /** Settings that changed too, but count only after a restart. */ readonly needsRestart: readonly string[];
}

/** Compares two configurations, setting by setting. */
export function changeBetween(now: LoadedConfig, later: LoadedConfig): ConfigChange {
  const changed = allSettings().filter(({ keys }) => !isEqual(valueAt(now.config, keys), valueAt(later.config, keys)));
  return {
    reloaded: changed.filter(({ isReloadable }) => isReloadable).map(({ path }) => path),
    needsRestart: changed.filter(({ isReloadable }) => !isReloadable).map(({ path }) => path),
  };
}

/** `now` with the reloadable settings of `later`. */
export function takeOver(now: LoadedConfig, later: LoadedConfig, { reloaded }: ConfigChange): LoadedConfig {
  const value = thaw(now.config) as PlainObject;
  const sources = new Map<string, ConfigSource>(now.sources);
  for (const { keys, path } of allSettings()) {
    if (!reloaded.includes(path)) continue;
    setAt(value, keys, valueAt(later.config, keys));
    const source = later.sources.get(path);
    if (source === undefined) sources.delete(path);
    else sources.set(path, source);
  }
  return loadedConfig(
    assembleOrThrow([plainLayer('code', value)], 'leave').config,
    sources,
    later.files,
    later.environment,
  );
}

function thaw(value: unknown): unknown {
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, thaw(item)]));
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Secret.isInstance(a) || Secret.isInstance(b)) return Secret.isInstance(a) && Secret.isInstance(b) && a.equals(b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isEqual(item, b[i]));
  if (!isPlainObject(a) || !isPlainObject(b)) return Object.is(a, b);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
}

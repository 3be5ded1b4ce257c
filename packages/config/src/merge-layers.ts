import type { z } from 'zod';
import type { ConfigIssue } from './config-issue.js';
import { displayPath } from './internal/display-path.js';
import { define, isPlainObject, type PlainObject } from './internal/plain-object.js';
import { excerpt } from './internal/redact.js';
import type { Layer } from './layer.js';
import { configSchema } from './schema/config-schema.js';

/** Deeper nesting than any setting needs; a cycle ends here too. */
const DEEPEST = 64;

/** All layers as one value. */
export interface Merged {
  readonly value: PlainObject;
  /** The layer that each value came from, by its path as people write it. */ readonly origins: Map<string, Layer>;
  readonly issues: ConfigIssue[];
}

/**
 * Merges layers, the weakest first. Objects merge key by key, everything else is replaced. `null` means "not set here",
 * except inside a plugin's own settings. No key can reach a prototype: `__proto__` is refused at any depth.
 */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const merged: Merged = { value: {}, origins: new Map(), issues: [] };
  for (const layer of layers) {
    if (isPlainObject(layer.values)) mergeObject({ layer, merged }, merged.value, layer.values, []);
    else {
      const problem = 'is not an object of settings';
      const hint = 'Write the settings as keys with values.';
      merged.issues.push({ path: '', problem, expected: 'an object', hint, source: layer.locate([], 'value') });
    }
  }
  return merged;
}

interface Merging {
  readonly layer: Layer;
  readonly merged: Merged;
}

function mergeObject(merging: Merging, target: PlainObject, from: PlainObject, path: readonly string[]): void {
  for (const [key, given] of Object.entries(from)) {
    const here = [...path, key];
    if (isRefused(merging, key, here)) continue;
    const value = meaningOf(given, here);
    if (value === undefined || (path.length === 0 && key === '$schema')) continue;
    if (isPlainObject(value)) {
      const known = Object.hasOwn(target, key) ? target[key] : undefined;
      const child = isPlainObject(known) ? known : {};
      define(target, key, child);
      if (Object.keys(value).length === 0) merging.merged.origins.set(displayPath(here), merging.layer);
      mergeObject(merging, child, value, here);
    } else if (isSection(here)) refuseSection(merging, value, here);
    else {
      define(target, key, Array.isArray(value) ? copyList(merging, value, here) : value);
      merging.merged.origins.set(displayPath(here), merging.layer);
    }
  }
}

/** True for a path that holds settings and is none itself. Asked of the schema: the list of settings takes long to make. */
function isSection(path: readonly string[]): boolean {
  let shape = shapeOf(configSchema);
  for (const key of path) {
    const inner = shape !== undefined && Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (inner === undefined) return false;
    shape = shapeOf(inner);
  }
  return shape !== undefined;
}

/** The members of an object schema, also of one with a default; `undefined` for any other schema. */
function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'object') return def.shape;
  return 'innerType' in def ? shapeOf(def.innerType) : undefined;
}

/** A stronger layer may hide a value that cannot be a section; it is told all the same. */
function refuseSection({ layer, merged }: Merging, value: unknown, path: readonly string[]): void {
  merged.issues.push({
    path: displayPath(path),
    problem: `is ${excerpt(value, path.at(-1) ?? '')}, and it holds settings`,
    expected: 'an object',
    hint: 'Write settings below it, or remove it.',
    source: layer.locate(path, 'value'),
  });
}

/** `null` outside a plugin's settings says nothing; a plugin without settings has empty ones. */
function meaningOf(value: unknown, path: readonly string[]): unknown {
  if (value !== null) return value;
  if (path[0] !== 'plugins' || path.length === 1) return undefined;
  return path.length === 2 ? {} : null;
}

function copyList(merging: Merging, list: readonly unknown[], path: readonly string[]): unknown[] {
  return list.map((item, index) => {
    const here = [...path, String(index)];
    if (Array.isArray(item)) return here.length > DEEPEST ? [] : copyList(merging, item, here);
    if (!isPlainObject(item)) return item;
    const copy: PlainObject = {};
    for (const [key, value] of Object.entries(item)) {
      if (isRefused(merging, key, [...here, key])) continue;
      define(copy, key, copyList(merging, [value], here)[0]);
    }
    return copy;
  });
}

function isRefused({ layer, merged }: Merging, key: string, path: readonly string[]): boolean {
  const isDeep = path.length > DEEPEST;
  if (key !== '__proto__' && !isDeep) return false;
  const problem = isDeep ? `is nested deeper than ${DEEPEST} levels` : 'is a name that no setting may have';
  const hint = isDeep ? 'Make it flatter, or look for a cycle.' : 'Remove it.';
  const shown = isDeep ? path.slice(0, 8) : path;
  merged.issues.push({ path: displayPath(shown), problem, hint, source: layer.locate(path, 'key') });
  return true;
}

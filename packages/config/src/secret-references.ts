import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigIssue } from './config-issue.js';
import type { Environment } from './env-layer.js';
import { displayPath } from './internal/display-path.js';
import { define, isPlainObject, setAt, valueAt, type PlainObject } from './internal/plain-object.js';
import type { Layer } from './layer.js';
import { Secret } from './secret.js';
import { SECRET_EXPECTED } from './schema-setting.js';
import { allSettings } from './settings.js';

const LARGEST_SECRET_BYTES = 65_536;

/** Where references are looked up; or that they are an issue (`refuse`), or stay as they are (`leave`). */
export type SecretLookup = SecretSources | 'refuse' | 'leave';

/** What references are looked up in. */
interface SecretSources {
  readonly env: Environment;
  /** Folder that `file:` references of code, variables and flags are relative to. */ readonly directory: string;
}

/**
 * Puts a `Secret` in the place of every secret that is written as text, and of every `{ $secret: <reference> }` in a
 * plugin's settings. Changes `value`.
 */
export function resolveSecrets(
  value: PlainObject,
  origins: ReadonlyMap<string, Layer>,
  sources: SecretLookup,
): ConfigIssue[] {
  const resolving: Resolving = { origins, sources, issues: [] };
  for (const setting of allSettings()) {
    if (setting.kind !== 'secret') continue;
    const given = valueAt(value, setting.keys);
    if (typeof given !== 'string') continue;
    setAt(value, setting.keys, secretOf(resolving, given, setting.keys));
  }
  const plugins = value['plugins'];
  if (isPlainObject(plugins)) resolveWithin(resolving, plugins, ['plugins']);
  return resolving.issues;
}

interface Resolving {
  readonly origins: ReadonlyMap<string, Layer>;
  readonly sources: SecretLookup;
  readonly issues: ConfigIssue[];
}

function resolveWithin(resolving: Resolving, holder: PlainObject | unknown[], path: readonly string[]): void {
  for (const [key, item] of Object.entries(holder)) {
    const here = [...path, key];
    if (isPlainObject(item)) {
      const reference = item['$secret'];
      const standsAlone = typeof reference === 'string' && Object.keys(item).length === 1;
      if (standsAlone) define(holder as PlainObject, key, secretOf(resolving, reference, here));
      else resolveWithin(resolving, item, here);
    } else if (Array.isArray(item)) resolveWithin(resolving, item, here);
  }
}

/** The secret behind a text; on failure an issue, and a secret that is empty so that no second issue follows. */
function secretOf(resolving: Resolving, text: string, path: readonly string[]): Secret {
  const found = lookUp(text, resolving, layerOf(resolving.origins, path));
  if (typeof found === 'string') {
    if (found !== '') return new Secret(found, isReference(text) ? text : undefined);
    return fail(resolving, path, 'is an empty secret', 'Give it a value, or leave the setting out.');
  }
  return fail(resolving, path, found.problem, found.hint);
}

function fail(resolving: Resolving, path: readonly string[], problem: string, hint: string): Secret {
  const source = layerOf(resolving.origins, path)?.locate(path, 'value');
  resolving.issues.push({
    path: displayPath(path),
    problem,
    expected: SECRET_EXPECTED,
    hint,
    ...(source !== undefined && { source }),
  });
  return new Secret('');
}

/** The layer of a path, or of the nearest thing around it. */
export function layerOf(origins: ReadonlyMap<string, Layer>, path: readonly (string | number)[]): Layer | undefined {
  for (let length = path.length; length > 0; length--) {
    const layer = origins.get(displayPath(path.slice(0, length)));
    if (layer !== undefined) return layer;
  }
  return undefined;
}

function isReference(text: string): boolean {
  return text.startsWith('env:') || text.startsWith('file:');
}

type Failure = { readonly problem: string; readonly hint: string };

function lookUp(text: string, { sources }: Resolving, layer: Layer | undefined): string | Failure {
  if (!isReference(text)) return text;
  if (sources === 'leave') return text;
  if (sources === 'refuse') {
    return {
      problem: 'is a reference, and nothing may be looked up here',
      hint: 'Load it with loadConfig(), or hand over the value as new Secret(value).',
    };
  }
  const target = text.slice(text.indexOf(':') + 1).trim();
  if (text.startsWith('env:')) return fromVariable(target, sources.env);
  return fromFile(resolve(layer?.directory ?? sources.directory, target));
}

function fromVariable(name: string, env: Environment): string | Failure {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value !== undefined && value.trim() !== '') return value.trim();
  return {
    problem: `refers to the variable ${name}, which is not set`,
    hint: `Set ${name}, or name another variable.`,
  };
}

function fromFile(file: string): string | Failure {
  try {
    const { size } = statSync(file);
    if (size > LARGEST_SECRET_BYTES) {
      const problem = `refers to the file ${file}, which has ${size} bytes`;
      return { problem, hint: `A secret has at most ${LARGEST_SECRET_BYTES} bytes: name another file.` };
    }
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    return {
      problem: `refers to the file ${file}, which cannot be read (${code})`,
      hint: 'Name a file that is there.',
    };
  }
}

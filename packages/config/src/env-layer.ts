import type { ConfigIssue } from './config-issue.js';
import { displayPath } from './internal/display-path.js';
import { nearest } from './internal/nearest.js';
import { setAt, type PlainObject } from './internal/plain-object.js';
import type { ConfigSource, Layer } from './layer.js';
import { allSettings } from './settings.js';
import { readText } from './text-value.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Names that are ours but set no setting. */
const CONFIG_FILE = 'MAO_CONFIG';
/** Variables that start so are left to whoever sets them. */
const FREE_PREFIX = 'MAO_X_';

/** Where an environment came from, if not from the process. */
export interface EnvOrigin {
  readonly kind: 'environment' | 'dotenv';
  readonly file?: string;
  readonly directory?: string;
  /** Line of each variable. */ readonly lines?: ReadonlyMap<string, number>;
}

/**
 * Reads the settings out of environment variables. An empty variable counts as unset. A variable that starts with
 * `MAO_` and sets nothing is an issue.
 */
export function envLayer(env: Environment, origin: EnvOrigin): { layer: Layer; issues: ConfigIssue[] } {
  const values: PlainObject = {};
  const sources = new Map<string, ConfigSource>();
  const known = new Set<string>([CONFIG_FILE]);
  for (const setting of allSettings()) {
    for (const name of setting.variables) known.add(name);
    const name = setting.variables.find((candidate) => isSet(env, candidate));
    if (name === undefined) continue;
    setAt(values, setting.keys, readText(setting, env[name] ?? ''));
    sources.set(setting.path, sourceOf(name, origin));
  }
  const layer: Layer = {
    kind: origin.kind,
    values,
    ...(origin.directory !== undefined && { directory: origin.directory }),
    locate: (path) => locate(path, sources) ?? { kind: origin.kind },
  };
  return { layer, issues: unknownVariables(env, known, origin) };
}

function isSet(env: Environment, name: string): boolean {
  return Object.hasOwn(env, name) && env[name] !== undefined && env[name].trim() !== '';
}

function sourceOf(name: string, { kind, file, lines }: EnvOrigin): ConfigSource {
  const line = lines?.get(name);
  return { kind, name, ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
}

/** The variable that set a path, or one above it (a record is set as a whole). */
function locate(
  path: readonly (string | number)[],
  sources: ReadonlyMap<string, ConfigSource>,
): ConfigSource | undefined {
  for (let length = path.length; length > 0; length--) {
    const source = sources.get(displayPath(path.slice(0, length)));
    if (source !== undefined) return source;
  }
  return undefined;
}

function unknownVariables(env: Environment, known: ReadonlySet<string>, origin: EnvOrigin): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  for (const name of Object.keys(env)) {
    if (!name.startsWith('MAO_') || name.startsWith(FREE_PREFIX) || known.has(name) || !isSet(env, name)) continue;
    const near = nearest(name, known);
    const advice =
      near === undefined ? 'The README of @master-orchestrator/config lists the names' : `Did you mean ${near}?`;
    issues.push({
      path: name,
      problem: 'is a variable that sets nothing',
      hint: near === undefined ? `${advice}; names of your own may start with ${FREE_PREFIX}.` : advice,
      ...(near !== undefined && { nearest: near }),
      source: sourceOf(name, origin),
    });
  }
  return issues;
}

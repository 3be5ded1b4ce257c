import type { ZodType } from 'zod';
import { assemble, assembleOrThrow } from './assemble.js';
import type { ConfigIssue } from './config-issue.js';
import { displayPath } from './internal/display-path.js';
import { isPlainObject, type PlainObject } from './internal/plain-object.js';
import { plainLayer } from './layer.js';
import { pluginIssues } from './plugin-section.js';
import type { OrchestratorConfig, OrchestratorConfigInput, ProfileName } from './schema/config-schema.js';
import { Secret } from './secret.js';

/**
 * The whole configuration out of the parts that code gives: defaults, then the profile's, then these. Reads no file and
 * no environment. A complete configuration comes back with the same values.
 *
 * @throws ConfigInvalidError (CONFIG_INVALID) with every problem.
 */
export function resolveConfig(input: OrchestratorConfigInput = {}): OrchestratorConfig {
  return assembleOrThrow([plainLayer('code', input)], 'refuse').config;
}

/** The configuration that nothing was said about. */
export function defaultConfig(): OrchestratorConfig {
  return resolveConfig();
}

/**
 * The configuration of a profile that nothing else was said about.
 *
 * @throws ConfigInvalidError (CONFIG_INVALID) for a name that is no profile.
 */
export function getProfile(name: ProfileName): OrchestratorConfig {
  return resolveConfig({ profile: name });
}

/** What {@link validate} may be told beside the configuration. */
export interface ValidateOptions {
  /** Schemas of the options of plugins, by plugin name; their sections are checked against them. @default none */
  readonly pluginSchemas?: Readonly<Record<string, ZodType>>;
}

/**
 * Everything that is wrong with a configuration or a part of one; empty where nothing is. Never throws. References to
 * secrets are not looked up.
 */
export function validate(input: unknown, { pluginSchemas = {} }: ValidateOptions = {}): ConfigIssue[] {
  const { issues, value } = assemble([plainLayer('code', input)], 'leave');
  const sections = value['plugins'];
  if (!isPlainObject(sections)) return [...issues];
  const ofPlugins = Object.entries(pluginSchemas).flatMap(([name, schema]) => sectionIssues(sections, name, schema));
  return [...issues, ...ofPlugins];
}

function sectionIssues(sections: PlainObject, name: string, schema: ZodType): ConfigIssue[] {
  const section = Object.hasOwn(sections, name) ? sections[name] : undefined;
  if (!isPlainObject(section)) return []; // not configured, turned off, or told already
  const at = ['plugins', name];
  const source = { kind: 'code' } as const;
  try {
    const config = { plugins: { [name]: section } };
    const unknown = new Set(referencesIn(section, at));
    const found = pluginIssues({ config, sources: new Map() }, name, schema);
    return found.filter(({ path }) => !unknown.has(path)).map((issue) => ({ ...issue, source }));
  } catch {
    const hint = 'Give it a schema that is not asynchronous and does not throw.';
    return [{ path: displayPath(at), problem: 'cannot be checked by its schema', hint, source }];
  }
}

/** Paths of secrets whose values nobody has looked up. */
function referencesIn(value: unknown, path: readonly string[]): string[] {
  if (Secret.isInstance(value)) return value.origin === undefined ? [] : [displayPath(path)];
  if (!isPlainObject(value) && !Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => referencesIn(item, [...path, key]));
}

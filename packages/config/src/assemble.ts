import { checkConfig } from './check-config.js';
import { ConfigInvalidError, type ConfigIssue } from './config-issue.js';
import { deepFreeze } from './internal/freeze.js';
import { displayPath } from './internal/display-path.js';
import { isPlainObject, type PlainObject } from './internal/plain-object.js';
import { plainLayer, SOURCE_KINDS, type Layer } from './layer.js';
import { mergeLayers } from './merge-layers.js';
import { PROFILE_SETTINGS } from './profiles.js';
import type { OrchestratorConfig, ProfileName } from './schema/config-schema.js';
import { resolveSecrets, type SecretLookup } from './secret-references.js';

/** What became of a set of layers. */
export interface Assembled {
  /** Absent where there are issues. */ readonly config?: OrchestratorConfig;
  readonly issues: readonly ConfigIssue[];
  readonly origins: ReadonlyMap<string, Layer>;
  /** The settings themselves, whether they fit or not. */ readonly value: PlainObject;
  /** Those of the issues that are about `value`; the others are about what was not taken into it. */
  readonly unfitting: readonly ConfigIssue[];
}

/**
 * Merges layers (the weakest first), puts the defaults of the profile they name below them, resolves secrets and checks
 * the whole. Finds every problem at once.
 */
export function assemble(layers: readonly Layer[], secrets: SecretLookup): Assembled {
  const { value, origins, issues } = mergeLayers(withProfile(layers));
  const secretIssues = resolveSecrets(value, origins, secrets);
  const checked = checkConfig(value, origins);
  const unfitting = [...secretIssues, ...checked.issues];
  const all = [...issues, ...unfitting];
  if (checked.config === undefined || all.length > 0) return { issues: all, origins, value, unfitting };
  return { config: deepFreeze(checked.config), issues: [], origins, value, unfitting };
}

/**
 * The checked configuration of some layers.
 *
 * @throws ConfigInvalidError (CONFIG_INVALID) with every problem, `found` included.
 */
export function assembleOrThrow(
  layers: readonly Layer[],
  secrets: SecretLookup,
  found: readonly ConfigIssue[] = [],
): { readonly config: OrchestratorConfig; readonly origins: ReadonlyMap<string, Layer> } {
  const { config, issues, origins } = assemble(layers, secrets);
  if (config === undefined || found.length > 0) throw new ConfigInvalidError([...found, ...issues].sort(byPlace));
  return { config, origins };
}

/** What fits of some layers, and everything that does not. */
export interface Fitting {
  readonly config: OrchestratorConfig;
  readonly issues: readonly ConfigIssue[];
  readonly origins: ReadonlyMap<string, Layer>;
}

/** As {@link assembleOrThrow}, but settings with issues are left out, as if nobody had written them. */
export function assembleFitting(
  layers: readonly Layer[],
  secrets: SecretLookup,
  found: readonly ConfigIssue[] = [],
): Fitting {
  const { config, issues, origins, value, unfitting } = assemble(layers, secrets);
  const all = [...found, ...issues].sort(byPlace);
  return { config: config ?? fittingPart(value, origins, unfitting), issues: all, origins };
}

function fittingPart(
  value: PlainObject,
  origins: ReadonlyMap<string, Layer>,
  unfitting: readonly ConfigIssue[],
): OrchestratorConfig {
  leaveOut(value, unfitting);
  for (;;) {
    const { config, issues } = checkConfig(value, origins);
    if (config !== undefined && issues.length === 0) return deepFreeze(config);
    if (!leaveOut(value, issues)) return assembleOrThrow([], 'leave').config;
  }
}

/** Removes what issues are about, or the sections they are in. Returns false where nothing was there to remove. */
function leaveOut(value: PlainObject, issues: readonly ConfigIssue[]): boolean {
  const paths = new Set(issues.map(({ path }) => path));
  if (removeAt(value, paths, [])) return true;
  const sections = new Set([...paths].map((path) => /^[^.[]*/.exec(path)?.[0] ?? ''));
  return removeAt(value, sections, []);
}

function removeAt(holder: PlainObject, paths: ReadonlySet<string>, at: readonly string[]): boolean {
  let isAny = false;
  for (const [key, item] of Object.entries(holder)) {
    const here = [...at, key];
    const path = displayPath(here);
    const isMeant = paths.has(path) || (Array.isArray(item) && [...paths].some((one) => one.startsWith(`${path}[`)));
    if (isMeant) isAny = Reflect.deleteProperty(holder, key);
    else if (isPlainObject(item) && removeAt(item, paths, here)) isAny = true;
  }
  return isAny;
}

/** Weak sources first; inside a file from top to bottom. */
function byPlace(a: ConfigIssue, b: ConfigIssue): number {
  const [left, right] = [placeOf(a), placeOf(b)];
  return left.rank - right.rank || left.line - right.line || left.column - right.column;
}

function placeOf({ source }: ConfigIssue): { readonly rank: number; readonly line: number; readonly column: number } {
  const rank = source === undefined ? -1 : SOURCE_KINDS.indexOf(source.kind);
  return { rank, line: source?.line ?? 0, column: source?.column ?? 0 };
}

/** A profile's settings stand above the defaults (an application's own included) and below everything else. */
function withProfile(layers: readonly Layer[]): Layer[] {
  const named = layers.map(({ values }) => values?.['profile']).findLast((name) => name !== undefined && name !== null);
  const isKnown = typeof named === 'string' && Object.hasOwn(PROFILE_SETTINGS, named);
  const profile = isKnown ? (named as ProfileName) : 'development';
  const defaults = layers.filter(({ kind }) => kind === 'default');
  const others = layers.filter(({ kind }) => kind !== 'default');
  return [...defaults, plainLayer('profile', PROFILE_SETTINGS[profile], profile), ...others];
}

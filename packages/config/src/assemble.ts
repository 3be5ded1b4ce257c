import { checkConfig } from './check-config.js';
import { ConfigInvalidError, type ConfigIssue } from './config-issue.js';
import { deepFreeze } from './internal/freeze.js';
import type { PlainObject } from './internal/plain-object.js';
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
}

/**
 * Merges layers (the weakest first), puts the defaults of the profile they name below them, resolves secrets and checks
 * the whole. Finds every problem at once.
 */
export function assemble(layers: readonly Layer[], secrets: SecretLookup): Assembled {
  const { value, origins, issues } = mergeLayers(withProfile(layers));
  const secretIssues = resolveSecrets(value, origins, secrets);
  const checked = checkConfig(value, origins);
  const all = [...issues, ...secretIssues, ...checked.issues];
  if (checked.config === undefined || all.length > 0) return { issues: all, origins, value };
  return { config: deepFreeze(checked.config), issues: [], origins, value };
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

import { assemble, assembleOrThrow } from './assemble.js';
import type { ConfigIssue } from './config-issue.js';
import { plainLayer } from './layer.js';
import type { OrchestratorConfig, OrchestratorConfigInput, ProfileName } from './schema/config-schema.js';

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

/**
 * Everything that is wrong with a configuration or a part of one; empty where nothing is. Never throws. References to
 * secrets are not looked up.
 */
export function validate(input: unknown): ConfigIssue[] {
  return [...assemble([plainLayer('code', input)], 'leave').issues];
}

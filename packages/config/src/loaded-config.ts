import type { Environment } from './env-layer.js';
import { redact } from './internal/redact.js';
import type { ConfigSource } from './layer.js';
import type { OrchestratorConfig } from './schema/config-schema.js';

/** Files that took part in a configuration. */
export interface ConfigFiles {
  readonly project?: string;
  readonly user?: string;
  readonly dotenv?: string;
  /** Folder of the project's file, else where the search began. */ readonly directory: string;
  /** Folders that were searched for a project's file, nearest first. */ readonly searched: readonly string[];
}

/** A configuration with the story of where it came from. */
export interface LoadedConfig {
  readonly config: OrchestratorConfig;
  /** Where each value that is not a default came from, by path. */ readonly sources: ReadonlyMap<string, ConfigSource>;
  readonly files: ConfigFiles;
  /** The environment, above `.env`: for `readEnvironment`. Not enumerable, because secrets stand in it. */
  readonly environment: Environment;
  /** The configuration as plain data for people and logs: secrets are masked. */
  redacted(): Readonly<Record<string, unknown>>;
}

/** A configuration with its story, frozen. */
export function loadedConfig(
  config: OrchestratorConfig,
  sources: ReadonlyMap<string, ConfigSource>,
  files: ConfigFiles,
  environment: Environment,
): LoadedConfig {
  const loaded = { config, sources, files, redacted: () => redact(config) as Record<string, unknown> };
  return Object.freeze(Object.defineProperty(loaded, 'environment', { value: environment }) as LoadedConfig);
}

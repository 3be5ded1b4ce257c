import { resolve } from 'node:path';
import { assembleFitting, assembleOrThrow } from './assemble.js';
import { findFiles, notFound, readBounded, type FoundFiles } from './config-files.js';
import type { ConfigIssue } from './config-issue.js';
import { dotenvLayer } from './dotenv-layer.js';
import { envLayer, type Environment } from './env-layer.js';
import { sourcesOf } from './explain.js';
import { fileLayer } from './file-layer.js';
import { flagLayer, type ConfigFlags } from './flag-layer.js';
import { plainLayer, type Layer } from './layer.js';
import { loadedConfig, type ConfigFiles, type LoadedConfig } from './loaded-config.js';
import type { OrchestratorConfig, OrchestratorConfigInput } from './schema/config-schema.js';
import type { SecretLookup } from './secret-references.js';

/** What {@link loadConfig} takes; every part may be left out. */
export interface LoadConfigOptions {
  /** Where the search for `mao.config.*` starts; it goes upward. @default the process's folder */
  readonly cwd?: string;
  /** Environment variables. @default the process's */ readonly env?: Environment;
  /** The project's file instead of a search, relative to `cwd`; it must exist. `false`: none. @default MAO_CONFIG, else the search */
  readonly file?: string | false;
  /** The user's own file. `false`: none. @default `mao/config.yaml` in the user's configuration folder */
  readonly userFile?: string | false;
  /** The `.env` file. `false`: none. @default `.env` beside the project's file, else in `cwd` */
  readonly envFile?: string | false;
  /** True: a missing project file is an error. @default false */ readonly isFileRequired?: boolean;
  /** The application's own defaults; everything else is stronger. */ readonly defaults?: OrchestratorConfigInput;
  /** What the application sets in code; only flags are stronger. */ readonly code?: OrchestratorConfigInput;
  /** Settings of the command line by path: `{ 'server.port': '8080' }`. */ readonly flags?: ConfigFlags;
}

/**
 * Reads the configuration from all its sources. From weak to strong: defaults, profile, the user's file, the project's
 * file, `.env`, environment, code, flags.
 *
 * @throws ConfigInvalidError (CONFIG_INVALID) with every problem of every source.
 * @throws OrchestratorError CONFIG_NOT_FOUND when a file that was named, or is required, is not there.
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<LoadedConfig> {
  const { layers, secrets, issues, files, environment } = await readSources(options);
  const { config, origins } = assembleOrThrow(layers, secrets, issues);
  return loadedConfig(config, sourcesOf(config, origins), files, environment);
}

/** What {@link inspectConfig} gives. */
export interface InspectedConfig {
  /** What fits: settings with issues are left out, their defaults hold. */ readonly loaded: LoadedConfig;
  /** Every problem of every source, in the order of their places; empty where the whole fits. */
  readonly issues: readonly ConfigIssue[];
}

/**
 * Reads the configuration as {@link loadConfig} does and goes on where something is wrong with it, for whoever checks
 * what else there is: the settings of plugins, for example. Nothing should run on it unless `issues` is empty.
 *
 * @throws OrchestratorError CONFIG_NOT_FOUND when a file that was named, or is required, is not there.
 */
export async function inspectConfig(options: LoadConfigOptions = {}): Promise<InspectedConfig> {
  const { layers, secrets, issues: found, files, environment } = await readSources(options);
  const { config, issues, origins } = assembleFitting(layers, secrets, found);
  return { loaded: loadedConfig(config, sourcesOf(config, origins), files, environment), issues };
}

interface Sources {
  readonly layers: readonly Layer[];
  readonly secrets: SecretLookup;
  readonly issues: readonly ConfigIssue[];
  readonly files: ConfigFiles;
  readonly environment: Environment;
}

async function readSources(options: LoadConfigOptions): Promise<Sources> {
  const cwd = resolve(options.cwd ?? process.cwd());
  const env = options.env ?? process.env;
  const found = await findFiles({ ...options, cwd, env });
  if (options.isFileRequired === true && found.project === undefined) throw nothingFound(found);
  const layers: Layer[] = [plainLayer('default', options.defaults, 'the application')];
  const issues: ConfigIssue[] = [...found.issues];
  const take = (read: { layer: Layer; issues: readonly ConfigIssue[] } | undefined): void => {
    if (read === undefined) return;
    layers.push(read.layer);
    issues.push(...read.issues);
  };
  take(await readFileLayer(found.user, 'user-file'));
  take(await readFileLayer(found.project, 'project-file'));
  const dotenv = await readDotenv(found.dotenv);
  take(dotenv);
  take(envLayer(env, { kind: 'environment' }));
  layers.push(plainLayer('code', options.code));
  take(flagLayer(options.flags ?? {}));
  const environment = Object.freeze({ ...dotenv?.env, ...definedOnly(env) });
  return { layers, secrets: { env: environment, directory: cwd }, issues, files: filesOf(found), environment };
}

/**
 * The configuration that environment variables give, on top of defaults and profile.
 *
 * @param env - Variables by name. Default: the process's.
 * @throws ConfigInvalidError (CONFIG_INVALID) with every problem.
 */
export function fromEnv(env: Environment = process.env): OrchestratorConfig {
  const { layer, issues } = envLayer(env, { kind: 'environment' });
  return assembleOrThrow([layer], { env, directory: process.cwd() }, issues).config;
}

/**
 * The configuration that one YAML or JSON file gives, on top of defaults and profile. References `env:NAME` in it are
 * looked up in `env`.
 *
 * @param path - Relative to the process's folder.
 * @param env - Variables by name, for references alone. Default: the process's.
 * @throws ConfigInvalidError (CONFIG_INVALID) with every problem, its line and column.
 * @throws OrchestratorError CONFIG_NOT_FOUND when there is no such file.
 */
export async function fromFile(path: string, env: Environment = process.env): Promise<OrchestratorConfig> {
  const found = await findFiles({ cwd: process.cwd(), file: path, userFile: false, envFile: false, env });
  const read = await readFileLayer(found.project, 'project-file');
  const layers = read === undefined ? [] : [read.layer];
  return assembleOrThrow(layers, { env, directory: found.directory }, read?.issues).config;
}

async function readFileLayer(
  file: string | undefined,
  kind: 'user-file' | 'project-file',
): Promise<{ layer: Layer; issues: ConfigIssue[] } | undefined> {
  if (file === undefined) return undefined;
  const text = await readBounded(file, { kind, file });
  return typeof text === 'string' ? fileLayer({ kind, file, text }) : { layer: plainLayer(kind, {}), issues: [text] };
}

async function readDotenv(
  file: string | undefined,
): Promise<{ env: Environment; layer: Layer; issues: ConfigIssue[] } | undefined> {
  if (file === undefined) return undefined;
  const text = await readBounded(file, { kind: 'dotenv', file });
  if (typeof text === 'string') return dotenvLayer(file, text);
  return { env: {}, layer: plainLayer('dotenv', {}), issues: [text] };
}

function definedOnly(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''));
}

function nothingFound({ searched }: FoundFiles): Error {
  const places = searched.map((folder) => `\n  ${folder}`).join('');
  const message = `There is no mao.config.yaml, mao.config.yml or mao.config.json. Looked in:${places}\nMake one with "mao init", or name one with MAO_CONFIG.`;
  return notFound(message, searched);
}

function filesOf({ project, user, dotenv, directory, searched }: FoundFiles): ConfigFiles {
  return {
    directory,
    searched,
    ...(project !== undefined && { project }),
    ...(user !== undefined && { user }),
    ...(dotenv !== undefined && { dotenv }),
  };
}

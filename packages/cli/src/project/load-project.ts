import {
  inspectConfig,
  loadConfig,
  type ConfigIssue,
  type LoadConfigOptions,
  type LoadedConfig,
} from '@master-orchestrator/config';
import { isAbsolute, join, resolve } from 'node:path';
import { usageError, type CommandContext, type GlobalOptions } from '../cli/command-context.js';

/** The configuration a command works with, and the folders that follow from it. */
export interface Project {
  readonly loaded: LoadedConfig;
  /** How it was read, for whoever reads it again. */ readonly reading: LoadConfigOptions;
  /** Folder of the configuration file, else the current one. */ readonly directory: string;
  /** Folder of what is kept on disk. */ readonly dataDirectory: string;
  /** `memory:`, or an address with an absolute path. */ readonly engineAddress: string;
}

/** What {@link loadProject} is told by a command. */
export interface LoadProjectOptions {
  /** True: keep nothing on disk, whatever is configured. */ readonly isMemory?: boolean | undefined;
  /** Settings that are flags of the command, by path. */ readonly flags?: Readonly<Record<string, unknown>>;
}

/**
 * Reads the configuration as every command does: found upward from the working folder, flags strongest. Where no engine
 * is configured it is SQLite in the data folder.
 *
 * @throws OrchestratorError CONFIG_INVALID with every problem, CONFIG_NOT_FOUND
 */
export function loadProject(
  context: Pick<CommandContext, 'cwd' | 'globals'>,
  options: LoadProjectOptions = {},
): Promise<Project> {
  return projectOf(context, options, loadConfig);
}

/**
 * Reads the configuration as {@link loadProject} does, and goes on without the settings that are wrong, to check what else
 * there is.
 *
 * @throws OrchestratorError CONFIG_NOT_FOUND
 */
export async function inspectProject(
  context: Pick<CommandContext, 'cwd' | 'globals'>,
): Promise<{ readonly project: Project; readonly issues: readonly ConfigIssue[] }> {
  let issues: readonly ConfigIssue[] = [];
  const project = await projectOf(context, {}, async (reading) => {
    const inspected = await inspectConfig(reading);
    issues = inspected.issues;
    return inspected.loaded;
  });
  return { project, issues };
}

async function projectOf(
  { cwd, globals }: Pick<CommandContext, 'cwd' | 'globals'>,
  options: LoadProjectOptions,
  load: (reading: LoadConfigOptions) => Promise<LoadedConfig>,
): Promise<Project> {
  const how = loadOptions(cwd, globals, options);
  const first = await load(how);
  const dataDirectory = dataDirectoryOf(first);
  const isChosen = first.sources.has('engine.address');
  const address = `sqlite:${join(dataDirectory, 'mao.db')}`;
  const reading: LoadConfigOptions = isChosen ? how : { ...how, defaults: { engine: { address } } };
  const loaded = isChosen ? first : await load(reading);
  const { directory } = loaded.files;
  return {
    loaded,
    reading,
    directory,
    dataDirectory,
    engineAddress: absoluteAddress(loaded.config.engine.address, directory),
  };
}

/** How the configuration is read for a command. */
function loadOptions(
  cwd: string,
  globals: GlobalOptions,
  { isMemory, flags = {} }: LoadProjectOptions = {},
): LoadConfigOptions {
  const settings: Record<string, unknown> = { ...settingsOf(globals.set ?? []), ...flags };
  if (globals.profile !== undefined) settings['profile'] = globals.profile;
  if (isMemory === true) settings['engine.address'] = 'memory:';
  return { cwd, flags: settings, ...(globals.config === undefined ? {} : { file: resolve(cwd, globals.config) }) };
}

/** Folder of what is kept on disk: as configured, else `.mao` beside the configuration file. */
export function dataDirectoryOf({ config, files }: LoadedConfig): string {
  return resolve(files.directory, config.engine.dataDirectory ?? '.mao');
}

function settingsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw usageError(`--set takes path=value, such as server.port=8080, and was given "${pair}".`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** A relative file of an address counts from the configuration file, not from where the command was started. */
function absoluteAddress(address: string, directory: string): string {
  const file = address.startsWith('sqlite:') ? address.slice('sqlite:'.length) : '';
  return file === '' || isAbsolute(file) ? address : `sqlite:${resolve(directory, file)}`;
}

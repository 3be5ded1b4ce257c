import { ConfigInvalidError, configuredPlugins, pluginIssues, pluginSettings } from '@master-orchestrator/config';
import type { PluginV1 } from '@master-orchestrator/contracts';
import type { FailedPlugin } from '@master-orchestrator/core';
import { classify, OrchestratorError } from '@master-orchestrator/errors';
import type { ZodType } from 'zod';
import type { Project } from '../project/load-project.js';
import { version } from '../version.js';
import {
  BUNDLED_PLUGINS,
  bundledPlugin,
  type BundledPlugin,
  type PluginModule,
  type PluginSettings,
} from './bundled-plugins.js';
import { availablePlugins, type AvailablePlugin } from './discover-plugins.js';
import { openaiSettings } from './openai-settings.js';
import { isFolder, loadPluginPackage, readPluginPackage } from './plugin-package.js';

/** Which plugins are wanted. */
export interface LoadPluginsOptions {
  /** `state`: what reading and changing the store needs. @default 'all' */ readonly scope?: 'all' | 'state';
  /** True: the offline model thinks, and no other. */ readonly isOffline?: boolean | undefined;
  /** False: nobody asks this process for metrics. @default true */ readonly isServing?: boolean;
}

/** What became of one plugin. */
export interface PluginAttempt {
  /** As the configuration or this command names it. */ readonly name: string;
  readonly from: 'command' | 'package' | 'folder';
  readonly plugin?: PluginV1;
  /** Schema of its settings, where it has one. */ readonly options?: ZodType;
  readonly error?: OrchestratorError;
}

/** The plugins of a project. */
export interface LoadedPlugins {
  readonly plugins: readonly PluginV1[];
  /** Those that could not be made, where the configuration says to go on without. */
  readonly failed: readonly FailedPlugin[];
  /** True where the offline model stands in because no other is configured. */ readonly isStandIn: boolean;
}

/** The offline model costs nothing, and a bound of money may stand before it. */
const OFFLINE_PRICES: PluginV1 = {
  specificationVersion: 'v1',
  name: '@master-orchestrator/cli',
  version,
  contributes: {
    priceTables: [
      { name: 'offline', asOf: '2026-01-01', prices: { 'offline:*': { inputPerMillion: 0, outputPerMillion: 0 } } },
    ],
  },
};

const OPENAI = '@master-orchestrator/model-openai';
const OFFLINE = '@master-orchestrator/model-offline';

/**
 * Makes every plugin of a project: those that come with the command and those the configuration names.
 *
 * @throws OrchestratorError the one problem, or CONFIG_INVALID with all of them, unless `onPluginFailure` is `disable` and
 * the store in use can do without
 */
export async function loadPlugins(project: Project, options: LoadPluginsOptions = {}): Promise<LoadedPlugins> {
  const attempts = await attemptPlugins(project, options);
  const failed = attempts.flatMap(({ name, error }) => (error === undefined ? [] : [{ name, error }]));
  const plugins = attempts.flatMap(({ plugin }) => (plugin === undefined ? [] : [plugin]));
  const isTolerated = project.loaded.config.onPluginFailure === 'disable' && hasEngine(plugins, project);
  if (failed.length > 0 && !isTolerated) throw failureOf(failed);
  return {
    plugins,
    failed,
    isStandIn:
      options.isOffline !== true && attempts.every(({ name, plugin }) => name === OFFLINE || !hasModel(plugin)),
  };
}

/** Like {@link loadPlugins}, but tells of each plugin what became of it. Never rejects. */
export async function attemptPlugins(project: Project, options: LoadPluginsOptions = {}): Promise<PluginAttempt[]> {
  const { config } = project.loaded;
  const { scope = 'all', isOffline = false, isServing = true } = options;
  const named = configuredPlugins(config);
  const isWanted = ({ name, kind, isStandard }: BundledPlugin): boolean =>
    kind !== 'model' &&
    config.plugins[name] !== false &&
    (kind === 'engine' || scope === 'all') &&
    ((isStandard && (kind !== 'serving' || (isServing && config.metrics.enabled))) || named.includes(name));
  const attempts: PluginAttempt[] = [];
  for (const bundled of BUNDLED_PLUGINS.filter(isWanted)) attempts.push(await attemptBundled(bundled, project));
  const others = named.filter((name) => bundledPlugin(name) === undefined);
  const found = config.discovery.plugins ? await availablePlugins(project) : [];
  if (scope === 'state') return [...attempts, ...(await attemptEngines(others, found, project))];
  if (!isOffline && isOpenAIWanted(project)) attempts.push(await attemptOpenAI(project));
  for (const made of [...(await attemptPackages(others, project)), ...(await attemptFound(found, project))]) {
    attempts.push(isOffline ? withoutModels(made) : made);
  }
  // Where a failing plugin stops the start, it may be the one with the model; where not, work goes on as without it.
  const isMissed = ({ name, error }: PluginAttempt): boolean =>
    error !== undefined && (config.onPluginFailure === 'stop' || name === OPENAI);
  const hasOther = attempts.some((one) => hasModel(one.plugin) || isMissed(one));
  const isStandInNeeded = scope === 'all' && !hasOther;
  if (isOffline || isStandInNeeded || named.includes(OFFLINE)) {
    attempts.push(await attemptBundled(bundledPlugin(OFFLINE) as BundledPlugin, project));
    attempts.push({ name: OFFLINE_PRICES.name, from: 'command', plugin: OFFLINE_PRICES });
  }
  return attempts;
}

/** True where the configuration speaks of OpenAI or a compatible service. */
export function isOpenAIWanted({ loaded: { config } }: Project): boolean {
  const { apiKey, baseUrl } = config.models.openai;
  const section = config.plugins[OPENAI];
  return section !== false && (section !== undefined || apiKey !== undefined || baseUrl !== undefined);
}

/** True where the store in use is there: without it nothing works. */
function hasEngine(plugins: readonly PluginV1[], { engineAddress }: Project): boolean {
  const scheme = engineAddress.slice(0, engineAddress.indexOf(':'));
  return (
    scheme === 'memory' || plugins.some(({ contributes }) => contributes.engines?.some((one) => one.scheme === scheme))
  );
}

function hasModel(plugin: PluginV1 | undefined): boolean {
  return (plugin?.contributes.models ?? []).length > 0;
}

/** An engine of another package is needed for the store alone where the address asks for it. */
async function attemptEngines(
  names: readonly string[],
  found: readonly AvailablePlugin[],
  project: Project,
): Promise<PluginAttempt[]> {
  if (/^(sqlite|memory):/.test(project.engineAddress)) return [];
  const attempts = [...(await attemptPackages(names, project)), ...(await attemptFound(found, project))];
  return attempts.filter(({ plugin }) => (plugin?.contributes.engines ?? []).length > 0);
}

function attemptBundled(bundled: BundledPlugin, project: Project): Promise<PluginAttempt> {
  const settings = (): PluginSettings =>
    bundled.settings(pluginSettings(project.loaded.config, bundled.name), project.directory);
  return attempt({ name: bundled.name, from: 'command', project, load: bundled.load, settings });
}

function attemptOpenAI(project: Project): Promise<PluginAttempt> {
  const { load } = bundledPlugin(OPENAI) as BundledPlugin;
  return attempt({ name: OPENAI, from: 'command', project, load, settings: () => openaiSettings(project.loaded) });
}

async function attemptPackages(names: readonly string[], project: Project): Promise<PluginAttempt[]> {
  const attempts = [];
  for (const name of names) attempts.push(await attemptPackage(name, project));
  return attempts;
}

/** Plugins that nobody named: what asks for more than such a plugin may have is refused before any code of it is loaded. */
async function attemptFound(available: readonly AvailablePlugin[], project: Project): Promise<PluginAttempt[]> {
  const allowed = project.loaded.config.discovery.permissions;
  const attempts: PluginAttempt[] = [];
  for (const { name, found, error } of available) {
    const excess = (found?.permissions ?? []).filter((permission) => !allowed.includes(permission));
    const refusal = error ?? (excess.length === 0 ? undefined : beyondAllowed(name, excess, project));
    attempts.push(
      refusal === undefined ? await attemptPackage(name, project) : { name, from: 'package', error: refusal },
    );
  }
  return attempts;
}

function beyondAllowed(name: string, excess: readonly string[], { loaded: { sources } }: Project): OrchestratorError {
  const source = sources.get('discovery.permissions') ?? sources.get('discovery.plugins');
  return new ConfigInvalidError([
    {
      path: 'discovery.permissions',
      problem: `does not hold ${excess.join(', ')}, which the installed plugin "${name}" asks for`,
      hint: `Add it there, turn the plugin on by name (mao plugins add ${name}), or leave it out (plugins: { ${JSON.stringify(name)}: false }).`,
      ...(source === undefined ? {} : { source }),
    },
  ]);
}

function attemptPackage(name: string, project: Project): Promise<PluginAttempt> {
  return attempt({
    name,
    from: isFolder(name) ? 'folder' : 'package',
    project,
    load: async () => loadPluginPackage(await readPluginPackage(name, project.directory)),
    settings: () => pluginSettings(project.loaded.config, name),
  });
}

interface Attempting {
  readonly name: string;
  readonly from: PluginAttempt['from'];
  readonly project: Project;
  readonly load: () => Promise<PluginModule>;
  readonly settings: () => PluginSettings;
}

/** Loads the package, checks the section of the configuration, makes the plugin. */
async function attempt({ name, from, project, load, settings }: Attempting): Promise<PluginAttempt> {
  let options: ZodType | undefined;
  const known = (): Pick<PluginAttempt, 'options'> => (options === undefined ? {} : { options });
  try {
    const module = await load();
    options = module.options;
    const issues = options === undefined ? [] : pluginIssues(project.loaded, name, options);
    if (issues.length > 0) throw new ConfigInvalidError(issues);
    return { name, from, plugin: await module.make(settings()), ...known() };
  } catch (cause) {
    return { name, from, error: withPlace(classify(cause), name, project), ...known() };
  }
}

/** A plugin that objects to its settings says which; where they stand is added. */
function withPlace(error: OrchestratorError, name: string, { loaded }: Project): OrchestratorError {
  if (error.code !== 'CONFIG_INVALID' || error instanceof ConfigInvalidError) return error;
  const start = `plugins["${name}"]`;
  const isInside = (path: string): boolean => path.startsWith(start) || path.startsWith(`plugins.${name}`);
  const [, source] = [...loaded.sources].find(([path]) => isInside(path)) ?? [];
  const place =
    source?.file === undefined ? '' : ` (${source.file}${source.line === undefined ? '' : `:${source.line}`})`;
  return new OrchestratorError('CONFIG_INVALID', `${start}${place}: ${error.message}`, { cause: error.cause });
}

function withoutModels({ plugin, ...rest }: PluginAttempt): PluginAttempt {
  if (plugin === undefined) return rest;
  const { models: _models, ...contributes } = plugin.contributes;
  return { ...rest, plugin: { ...plugin, contributes } };
}

function failureOf(failed: readonly FailedPlugin[]): OrchestratorError {
  const [first, ...others] = failed;
  if (first !== undefined && others.length === 0) return first.error;
  const invalid = failed.flatMap(({ error }) => (error instanceof ConfigInvalidError ? [error] : []));
  if (invalid.length === failed.length) return new ConfigInvalidError(invalid.flatMap(({ issues }) => issues));
  const lines = failed.map(({ error }) => `\n  ${error.code}: ${error.message}`);
  return new OrchestratorError('CONFIG_INVALID', `${failed.length} plugins cannot be used.${lines.join('')}`, {
    cause: first?.error,
    advice: 'Mend or remove the plugins named in the message; `mao plugins list` shows them all.',
  });
}

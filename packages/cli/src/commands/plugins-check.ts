import {
  ConfigInvalidError,
  configuredPlugins,
  pluginIssues,
  pluginSettings,
  type LoadedConfig,
} from '@master-orchestrator/config';
import { classify, type SerializedError } from '@master-orchestrator/errors';
import { checkId, pluginChecks, runChecks, type CheckReport } from '@master-orchestrator/testing';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { usageError, type CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { count, duration } from '../output/format.js';
import type { Output } from '../output/output.js';
import { availablePlugins } from '../plugins/discover-plugins.js';
import { bundledPlugin, type PluginSettings } from '../plugins/bundled-plugins.js';
import { loadPluginPackage, readPluginPackage, type PluginPackage } from '../plugins/plugin-package.js';
import { readSettings } from '../plugins/read-settings.js';
import { loadProject, type Project } from '../project/load-project.js';

interface CheckFlags {
  readonly baseline?: string;
  readonly skip?: readonly string[];
  readonly settings?: string;
}

/** `mao plugins check` */
export async function run(context: CommandContext, { args, options }: CommandInput): Promise<ExitCode> {
  const { output, cwd } = context;
  const { baseline, skip = [], settings } = options as CheckFlags;
  const given = args[0] as string | undefined;
  if (given === undefined && settings !== undefined) throw usageError('--settings goes with one package: name it.');
  const known = baseline === undefined ? [] : await readBaseline(resolve(cwd, baseline));
  const project = await loadProject(context, { isMemory: true });
  const how = { project, skip, known };
  if (given !== undefined) {
    const found = await readPluginPackage(given, cwd);
    const section = settings === undefined ? sectionOf(given, found.name, project) : readSettings(settings);
    const checked = await check(found, found.name, section, how);
    output.result(checked, () => print(output, checked));
    return checked.ok ? EXIT_CODES.ok : EXIT_CODES.failed;
  }
  const plugins: PluginCheck[] = [];
  for (const name of await pluginsThatAreOn(project)) plugins.push(await checkOrTell(name, how));
  const ok = plugins.every((plugin) => plugin.ok);
  output.result({ ok, plugins }, () => {
    for (const plugin of plugins) print(output, plugin);
    if (plugins.length === 0) output.line('The configuration names no plugin.');
  });
  return ok ? EXIT_CODES.ok : EXIT_CODES.failed;
}

/** Plugins that the configuration names, or finds. */
async function pluginsThatAreOn(project: Project): Promise<string[]> {
  const { config } = project.loaded;
  const found = config.discovery.plugins ? await availablePlugins(project) : [];
  return [...configuredPlugins(config), ...found.map(({ name }) => name)];
}

interface How {
  readonly project: Project;
  readonly skip: readonly string[];
  readonly known: readonly string[];
}

interface PluginCheck {
  readonly plugin: string;
  readonly version: string | null;
  readonly ok: boolean;
  readonly checks: readonly CheckReport[];
  readonly error?: SerializedError;
}

/** @param key - Its name in the configuration. */
async function check(
  found: PluginPackage,
  key: string,
  settings: PluginSettings,
  { project, skip, known }: How,
): Promise<PluginCheck> {
  const whole = bundledPlugin(found.name)?.settings(settings, project.directory) ?? settings;
  const module = await loadPluginPackage(found);
  const { options } = module;
  const issues = options === undefined ? [] : pluginIssues(withSettings(project, key, settings), key, options);
  if (issues.length > 0) throw new ConfigInvalidError(issues);
  const plugin = await module.make(whole);
  const checks = await runChecks(pluginChecks(plugin, { packageJson: found.manifest, skip }), { baseline: known });
  const ok = checks.every(({ outcome }) => outcome !== 'fail' && outcome !== 'mended');
  return { plugin: plugin.name, version: plugin.version, ok, checks };
}

/** One of several plugins: where it cannot be made the others are checked all the same. */
async function checkOrTell(name: string, how: How): Promise<PluginCheck> {
  const { project } = how;
  try {
    const found = await readPluginPackage(name, project.directory);
    return await check(found, name, sectionOf(name, found.name, project), how);
  } catch (cause) {
    return { plugin: name, version: null, ok: false, checks: [], error: classify(cause).toJSON() };
  }
}

function sectionOf(key: string, name: string, { loaded: { config } }: Project): PluginSettings {
  return pluginSettings(config, Object.hasOwn(config.plugins, key) ? key : name);
}

/** The configuration as if the plugin had these settings. */
function withSettings(
  { loaded }: Project,
  name: string,
  given: PluginSettings,
): Pick<LoadedConfig, 'config' | 'sources'> {
  const { config, sources } = loaded;
  return { config: { ...config, plugins: { ...config.plugins, [name]: given } }, sources };
}

function print(output: Output, { plugin, checks: reports, error }: PluginCheck): void {
  const { colors } = output;
  if (error !== undefined) {
    output.line(`${colors.red('not ok')}  ${plugin}: ${error.code}: ${error.message}`);
    return;
  }
  for (const report of reports) {
    if (report.outcome === 'pass') continue;
    if (report.outcome === 'known') output.line(`${colors.yellow('known')}  ${checkId(report)}: ${report.found ?? ''}`);
    else if (report.outcome === 'mended') {
      output.line(`${colors.red('mended')} ${checkId(report)}: it passes now. Take it out of the baseline.`);
    } else {
      output.line(`${colors.red('fail')}   ${checkId(report)}: ${report.name.slice(report.subject.length + 2)}`);
      output.line(`       found  ${report.found ?? ''}`);
      output.line(`       why    ${report.why}`);
      output.line(`       mend   ${report.fix}`);
    }
  }
  const passed = reports.filter(({ outcome }) => outcome === 'pass').length;
  const took = reports.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const isOk = reports.every(({ outcome }) => outcome === 'pass' || outcome === 'known');
  output.line(
    `${isOk ? colors.green('ok') : colors.red('not ok')}  ${plugin}: ${passed} of ${count(reports.length, 'check')} passed in ${duration(took)}`,
  );
}

async function readBaseline(file: string): Promise<string[]> {
  try {
    return z.array(z.string()).parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw usageError(
      `--baseline takes a JSON file with a list of "<subject>/<rule>", and ${file} is none: ${(cause as Error).message.split('\n', 1)[0] ?? ''}`,
    );
  }
}

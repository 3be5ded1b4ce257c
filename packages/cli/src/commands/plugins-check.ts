import { ConfigInvalidError, pluginIssues, pluginSettings, type LoadedConfig } from '@master-orchestrator/config';
import { checkId, pluginChecks, runChecks, type CheckReport } from '@master-orchestrator/testing';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { usageError, type CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { count, duration } from '../output/format.js';
import type { Output } from '../output/output.js';
import { bundledPlugin, type PluginSettings } from '../plugins/bundled-plugins.js';
import { loadPluginPackage, readPluginPackage } from '../plugins/plugin-package.js';
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
  const name = args[0] as string;
  const known = baseline === undefined ? [] : await readBaseline(resolve(cwd, baseline));
  const project = await loadProject(context, { isMemory: true });
  const found = await readPluginPackage(name, cwd);
  const given = settings === undefined ? pluginSettings(project.loaded.config, found.name) : readSettings(settings);
  const whole = bundledPlugin(found.name)?.settings(given, project.directory) ?? given;
  const { options: schema, make } = await loadPluginPackage(found);
  const issues = schema === undefined ? [] : pluginIssues(withSettings(project, found.name, given), found.name, schema);
  if (issues.length > 0) throw new ConfigInvalidError(issues);
  const plugin = await make(whole);
  const checks = pluginChecks(plugin, { packageJson: found.manifest, skip });
  const reports = await runChecks(checks, { baseline: known });
  const failed = reports.filter(({ outcome }) => outcome === 'fail' || outcome === 'mended');
  const document = { plugin: plugin.name, version: plugin.version, ok: failed.length === 0, checks: reports };
  output.result(document, () => print(output, plugin.name, reports));
  return failed.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
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

function print(output: Output, plugin: string, reports: readonly CheckReport[]): void {
  const { colors } = output;
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

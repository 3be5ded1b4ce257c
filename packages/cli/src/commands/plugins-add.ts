import { OrchestratorError } from '@master-orchestrator/errors';
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import type { CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { bundledPlugin, type PluginSettings } from '../plugins/bundled-plugins.js';
import { installPackage } from '../plugins/install-package.js';
import { attemptPlugins } from '../plugins/load-plugins.js';
import { isFolder, readPluginPackage } from '../plugins/plugin-package.js';
import { readSettings } from '../plugins/read-settings.js';
import { loadProject, type Project } from '../project/load-project.js';

/** `mao plugins add` */
export async function run(context: CommandContext, { args, options }: CommandInput): Promise<ExitCode> {
  const { output } = context;
  const given = args[0] as string;
  const settings = typeof options['settings'] === 'string' ? readSettings(options['settings']) : undefined;
  const project = await loadProject(context, { isMemory: true });
  const name = options['install'] === true ? await installPackage(given, project.directory, output) : given;
  const found = await readPluginPackage(name, project.directory);
  const key = isFolder(name) ? name : found.name;
  const file = project.loaded.files.project ?? join(project.directory, 'mao.config.yaml');
  const before = await readFile(file, 'utf8').catch(() => undefined);
  const after = withPlugin(before ?? '', file, key, settings ?? {}, settings !== undefined);
  if (after !== before) await writeFile(file, after);
  const error = await problemWith(context, key);
  if (error !== undefined) {
    if (after !== before) await restore(file, before);
    throw error;
  }
  const changed = after !== before;
  const permissions = found.permissions;
  output.result({ plugin: found.name, version: found.version, file, changed, permissions }, () => {
    const where = relative(context.cwd, file) || file;
    output.line(
      changed ? `${found.name} ${found.version} is on, in ${where}` : `${found.name} was on already, in ${where}`,
    );
    if (permissions.length > 0) output.line(`  It may ask for: ${permissions.join(', ')}`);
    if (bundledPlugin(found.name) === undefined)
      output.note('"mao plugins check" tells whether it keeps to the contract.');
  });
  return EXIT_CODES.ok;
}

/** The configuration with the plugin in it; comments and order stay. */
function withPlugin(text: string, file: string, name: string, settings: PluginSettings, isReplacing: boolean): string {
  if (file.endsWith('.json')) return withPluginJson(text, name, settings, isReplacing);
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new OrchestratorError('CONFIG_INVALID', `${file} cannot be read: ${document.errors[0]?.message ?? ''}`);
  }
  const isOn = document.hasIn(['plugins', name]) && document.getIn(['plugins', name]) !== false;
  if (isOn && !isReplacing) return text;
  if (!isMap(document.get('plugins'))) document.set('plugins', document.createNode({}));
  document.setIn(['plugins', name], document.createNode(settings, { flow: Object.keys(settings).length === 0 }));
  return document.toString({ lineWidth: 0 });
}

function withPluginJson(text: string, name: string, settings: PluginSettings, isReplacing: boolean): string {
  const config = JSON.parse(text) as { plugins?: Record<string, unknown> };
  const now = config.plugins?.[name];
  if (now !== undefined && now !== false && !isReplacing) return text;
  return `${JSON.stringify({ ...config, plugins: { ...config.plugins, [name]: settings } }, null, 2)}\n`;
}

/** What is wrong with the plugin as the changed configuration has it. */
async function problemWith(context: CommandContext, name: string): Promise<OrchestratorError | undefined> {
  let project: Project;
  try {
    project = await loadProject(context, { isMemory: true });
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return error;
    throw error;
  }
  return (await attemptPlugins(project)).find((attempt) => attempt.name === name)?.error;
}

async function restore(file: string, before: string | undefined): Promise<void> {
  if (before !== undefined) return writeFile(file, before);
  const { rm } = await import('node:fs/promises');
  return rm(file, { force: true });
}

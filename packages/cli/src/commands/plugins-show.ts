import { optionsJsonSchema, pluginOptions } from '@master-orchestrator/config';
import type { ZodType } from 'zod';
import type { CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { excerpt } from '../output/format.js';
import type { Output } from '../output/output.js';
import { table } from '../output/table.js';
import { bundledPlugin } from '../plugins/bundled-plugins.js';
import { listPlugins, STATUS_COLORS, type ListedPlugin } from '../plugins/list-plugins.js';
import { attemptPlugins } from '../plugins/load-plugins.js';
import { defaultWords, valueWords } from '../plugins/option-words.js';
import { CONTRACT, readPluginPackage } from '../plugins/plugin-package.js';
import { loadProject, type Project } from '../project/load-project.js';

type ShownPlugin = Omit<ListedPlugin, 'options'> & {
  readonly schema?: ZodType;
  /** Its name in the configuration. */ readonly key: string;
};

/** `mao plugins show` */
export async function run(context: CommandContext, { args }: CommandInput): Promise<ExitCode> {
  const { output } = context;
  const name = args[0] as string;
  const project = await loadProject(context, { isMemory: true });
  const { schema, key, ...plugin } = (await pluginThatIsOn(name, project)) ?? (await pluginThatIsOff(name, project));
  const settings = settingsOf(key, project);
  const document = { ...plugin, settings, options: schema === undefined ? null : optionsJsonSchema(schema) };
  output.result(document, () => {
    printFacts(output, plugin);
    if (schema !== undefined) printOptions(output, schema, settings);
    else
      output.line(plugin.status === 'available' ? '\nIts options are known once it is on.' : '\nIt names no options.');
    if (plugin.status === 'available') output.note(`\nTurn it on: mao plugins add ${plugin.name}`);
  });
  return plugin.status === 'refused' ? EXIT_CODES.config : EXIT_CODES.ok;
}

async function pluginThatIsOn(name: string, project: Project): Promise<ShownPlugin | undefined> {
  const attempts = await attemptPlugins(project);
  const listed = listPlugins(attempts);
  const at = attempts.findIndex((attempt, index) => attempt.name === name || listed[index]?.name === name);
  const found = listed[at];
  if (found === undefined) return undefined;
  const { options: _, ...plugin } = found;
  const schema = attempts[at]?.options;
  return { ...plugin, key: attempts[at]?.name ?? name, ...(schema === undefined ? {} : { schema }) };
}

/** A plugin that is not on is known by its manifest; code is loaded of those alone that come with the command. */
async function pluginThatIsOff(name: string, project: Project): Promise<ShownPlugin> {
  const found = await readPluginPackage(name, project.directory);
  const bundled = bundledPlugin(found.name);
  const schema = (await bundled?.load())?.options;
  return {
    name: found.name,
    version: found.version,
    from: bundled === undefined ? 'package' : 'command',
    status: 'available',
    contract: CONTRACT,
    permissions: found.permissions,
    contributes: {},
    error: null,
    key: found.name,
    ...(schema === undefined ? {} : { schema }),
  };
}

/** What the configuration says, secrets masked. */
function settingsOf(key: string, { loaded }: Project): Readonly<Record<string, unknown>> {
  const plugins = loaded.redacted()['plugins'] as Readonly<Record<string, unknown>>;
  const section = plugins[key];
  return typeof section === 'object' && section !== null ? (section as Readonly<Record<string, unknown>>) : {};
}

function printFacts(
  output: Output,
  { name, version, status, permissions, contributes, error }: Omit<ShownPlugin, 'key'>,
): void {
  const { colors } = output;
  const state = colors[STATUS_COLORS[status]](status);
  output.line(`${colors.bold(name)}  ${version ?? ''}  ${state}`);
  for (const [kind, names] of Object.entries(contributes)) output.line(`  ${kind.padEnd(18)} ${names.join(', ')}`);
  if (permissions.length > 0) output.line(`  ${'permissions'.padEnd(18)} ${permissions.join(', ')}`);
  if (error !== null) output.line(`  ${colors.red(error.code)}: ${error.message}`);
}

function printOptions(output: Output, schema: ZodType, settings: Readonly<Record<string, unknown>>): void {
  const rows = pluginOptions(schema)
    .filter(({ isInCode }) => !isInCode)
    .map((option) => {
      const value = option.keys.reduce<unknown>(
        (at, key) => (at as Record<string, unknown> | undefined)?.[key],
        settings,
      );
      return [
        option.path,
        excerpt(option.expected, 48),
        excerpt(defaultWords(option), 32),
        value === undefined ? '' : excerpt(valueWords(value), 24),
        option.description,
      ];
    });
  output.line(rows.length === 0 ? '\nIt has no options that a file can set.' : '\nOptions:');
  for (const line of table(['NAME', 'TAKES', 'DEFAULT', 'SET TO', 'MEANING'], rows)) output.line(`  ${line}`);
}

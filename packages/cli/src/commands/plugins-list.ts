import type { CommandContext } from '../cli/command-context.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import type { Output } from '../output/output.js';
import { allPlugins, STATUS_COLORS, type ListedPlugin } from '../plugins/list-plugins.js';
import { loadProject } from '../project/load-project.js';

/** `mao plugins list` */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const project = await loadProject(context, { isMemory: true });
  const plugins = await allPlugins(project);
  output.result({ plugins }, () => print(output, plugins));
  const hasRefused = plugins.some(({ status }) => status === 'refused');
  if (hasRefused && project.loaded.config.onPluginFailure === 'disable')
    output.note('Commands go on without what is refused: onPluginFailure is "disable".');
  return hasRefused ? EXIT_CODES.config : EXIT_CODES.ok;
}

function print(output: Output, plugins: readonly ListedPlugin[]): void {
  const { colors } = output;
  for (const { name, version, from, status, permissions, contributes, options, error } of plugins) {
    const state = colors[STATUS_COLORS[status]](status);
    output.line(
      `${colors.bold(name)}  ${version ?? ''}  ${state}  ${from === 'command' ? 'comes with mao' : `from the ${from}`}`,
    );
    for (const [kind, names] of Object.entries(contributes)) output.line(`  ${kind.padEnd(18)} ${names.join(', ')}`);
    if (permissions.length > 0) output.line(`  ${'permissions'.padEnd(18)} ${permissions.join(', ')}`);
    if (options !== null && options.length > 0) output.line(`  ${'options'.padEnd(18)} ${options.join(', ')}`);
    if (error !== null) output.line(`  ${colors.red(error.code)}: ${error.message}`);
  }
  const [first] = plugins.filter(({ status }) => status === 'available');
  if (first !== undefined) {
    output.note(
      `\nAvailable: installed, and not turned on. Turn one on: mao plugins add ${first.name}\nTurn on all that ask for no more than discovery.permissions allows: set discovery.plugins to true.`,
    );
  }
}

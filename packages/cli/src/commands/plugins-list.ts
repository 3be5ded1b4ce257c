import type { PluginV1 } from '@master-orchestrator/contracts';
import { OrchestratorError, type SerializedError } from '@master-orchestrator/errors';
import { PluginRegistry, EventBus } from '@master-orchestrator/core';
import { silentLogger } from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import type { CommandContext } from '../cli/command-context.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import type { Output } from '../output/output.js';
import { attemptPlugins, type PluginAttempt } from '../plugins/load-plugins.js';
import { loadProject } from '../project/load-project.js';

interface ListedPlugin {
  readonly name: string;
  readonly version: string | null;
  readonly from: PluginAttempt['from'];
  readonly status: 'ready' | 'refused';
  readonly permissions: readonly string[];
  /** Names of what it adds, by kind. */ readonly contributes: Readonly<Record<string, readonly string[]>>;
  readonly error: SerializedError | null;
}

/** `mao plugins list` */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const project = await loadProject(context, { isMemory: true });
  const plugins = register(await attemptPlugins(project));
  output.result({ plugins }, () => print(output, plugins));
  return plugins.some(({ status }) => status === 'refused') ? EXIT_CODES.config : EXIT_CODES.ok;
}

/** Registers each plugin as the orchestrator would, so that clashes are found too. */
function register(attempts: readonly PluginAttempt[]): ListedPlugin[] {
  const registry = new PluginRegistry({ bus: new EventBus(systemClock), logger: silentLogger });
  return attempts.map(({ name, from, plugin, error }) => {
    const refused = error ?? (plugin === undefined ? undefined : refusalOf(registry, plugin));
    return {
      name: plugin?.name ?? name,
      version: plugin?.version ?? null,
      from,
      status: refused === undefined ? 'ready' : 'refused',
      permissions: plugin?.permissions ?? [],
      contributes: registry.list().find((view) => view.name === plugin?.name)?.contributes ?? {},
      error: refused?.toJSON() ?? null,
    };
  });
}

function refusalOf(registry: PluginRegistry, plugin: PluginV1): OrchestratorError | undefined {
  try {
    registry.register([plugin]);
    return undefined;
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return error;
    throw error;
  }
}

function print(output: Output, plugins: readonly ListedPlugin[]): void {
  const { colors } = output;
  for (const { name, version, from, status, permissions, contributes, error } of plugins) {
    const state = status === 'ready' ? colors.green('ready') : colors.red('refused');
    output.line(
      `${colors.bold(name)}  ${version ?? ''}  ${state}  ${from === 'command' ? 'comes with mao' : `from the ${from}`}`,
    );
    for (const [kind, names] of Object.entries(contributes)) output.line(`  ${kind.padEnd(18)} ${names.join(', ')}`);
    if (permissions.length > 0) output.line(`  ${'permissions'.padEnd(18)} ${permissions.join(', ')}`);
    if (error !== null) output.line(`  ${colors.red(error.code)}: ${error.message}`);
  }
}

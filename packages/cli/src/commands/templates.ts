import { nearest } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { AgentFactory, type TemplateView } from '@master-orchestrator/factory';
import type { CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { excerpt } from '../output/format.js';
import type { Output } from '../output/output.js';
import { fieldLines } from '../output/schema-lines.js';
import { table } from '../output/table.js';
import { loadProject } from '../project/load-project.js';
import { openOrchestrator } from '../project/open-orchestrator.js';

/** `mao templates` */
export async function run(context: CommandContext, { args }: CommandInput): Promise<ExitCode> {
  const project = await loadProject(context, { isMemory: true });
  const { orchestrator } = await openOrchestrator(project, { isOffline: true });
  const templates = new AgentFactory(orchestrator).listTemplates();
  await orchestrator.shutdown({ drainMs: 0 });
  const name = args[0] as string | undefined;
  if (name !== undefined) showOne(context.output, templates, name);
  else context.output.result({ templates }, () => showAll(context.output, templates));
  return EXIT_CODES.ok;
}

function showAll(output: Output, templates: readonly TemplateView[]): void {
  const rows = templates.map(({ name, kind, plugin, description }) => [
    output.colors.bold(name),
    kind,
    plugin ?? 'the project',
    excerpt(description, 72),
  ]);
  for (const line of table(['NAME', 'KIND', 'FROM', 'WHAT IT IS GOOD FOR'], rows)) output.line(line);
  output.note('\nUse one: mao run --template <name> "…", or mao run --team <name> "…".');
}

function showOne(output: Output, templates: readonly TemplateView[], name: string): void {
  const found = templates.find((template) => template.name === name);
  if (found === undefined) {
    const known = templates.map((template) => template.name);
    const near = nearest(name, known);
    const hint = near === undefined ? `Known: ${known.join(', ') || 'none'}.` : `Did you mean "${near}"?`;
    throw new OrchestratorError('TEMPLATE_UNKNOWN', `There is no template "${name}". ${hint}`);
  }
  output.result(found, () => {
    output.line(
      `${output.colors.bold(found.name)}  ${found.kind} template ${found.version} of ${found.plugin ?? 'the project'}`,
    );
    output.line(found.description);
    output.line('\nParameters:');
    for (const line of fieldLines(found.parameters)) output.line(`  ${line}`);
    const flag = found.kind === 'team' ? '--team' : '--template';
    output.line(`\nmao run ${flag} ${found.name} --param <name>=<value> "…"`);
  });
}

import { nearest, type MasterOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import type { CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { excerpt } from '../output/format.js';
import type { Output } from '../output/output.js';
import { fieldLines } from '../output/schema-lines.js';
import { table } from '../output/table.js';
import { loadProject } from '../project/load-project.js';
import { openOrchestrator } from '../project/open-orchestrator.js';

/** `mao tools` */
export async function run(context: CommandContext, { args }: CommandInput): Promise<ExitCode> {
  const project = await loadProject(context, { isMemory: true });
  const { orchestrator } = await openOrchestrator(project, { isOffline: true });
  const name = args[0] as string | undefined;
  try {
    if (name !== undefined) showOne(context.output, orchestrator, name);
    else showAll(context.output, orchestrator);
    return EXIT_CODES.ok;
  } finally {
    await orchestrator.shutdown({ drainMs: 0 });
  }
}

function showAll(output: Output, { tools }: MasterOrchestrator): void {
  const all = tools.listTools();
  output.result({ tools: all }, () => {
    const rows = all.map(({ name, category, accessLevel, effect, approval, description }) => [
      output.colors.bold(name),
      category,
      accessLevel === 'public' ? accessLevel : output.colors.yellow(accessLevel),
      effect,
      approval === 'never' ? '–' : approval,
      excerpt(description, 60),
    ]);
    for (const line of table(['NAME', 'CATEGORY', 'ACCESS', 'EFFECT', 'APPROVAL', 'WHAT IT DOES'], rows))
      output.line(line);
    output.note(
      '\npublic: any agent may use it. restricted: an agent must name it. privileged: and a person approves.',
    );
  });
}

function showOne(output: Output, { tools }: MasterOrchestrator, name: string): void {
  const all = tools.listTools();
  const [found, tool] = [all.find((each) => each.name === name), tools.getTool(name)];
  if (found === undefined || tool === undefined) {
    const known = all.map((each) => each.name);
    const near = nearest(name, known);
    const hint = near === undefined ? `Known: ${known.join(', ')}.` : `Did you mean "${near}"?`;
    throw new OrchestratorError('NOT_FOUND', `There is no tool "${name}". ${hint}`);
  }
  const parameters = z.toJSONSchema(tool.inputSchema, { io: 'input', unrepresentable: 'any' }) as Record<
    string,
    unknown
  >;
  output.result({ ...found, parameters }, () => {
    output.line(
      `${output.colors.bold(name)}  ${found.category}, ${found.accessLevel}, ${found.effect}, from ${found.plugin ?? 'the orchestrator'}`,
    );
    output.line(found.description);
    output.line('\nArguments:');
    for (const line of fieldLines(parameters)) output.line(`  ${line}`);
    const limits = Object.entries(found.limits).map(([key, value]) => `${key} ${String(value)}`);
    output.line(`\nLimits: ${limits.join(', ') || 'none'}. Approval: ${found.approval}.`);
    if ((found.permissions ?? []).length > 0)
      output.line(`Permissions of its plugin: ${(found.permissions ?? []).join(', ')}.`);
  });
}

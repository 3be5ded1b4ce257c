import type { CommandContext } from '../cli/command-context.js';
import { basename } from 'node:path';
import { readProjectAgents } from '../agents/project-agents.js';
import { formatYamlIssue } from '../agents/read-yaml.js';
import { storedAgents } from '../agents/stored-agents.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { count, excerpt } from '../output/format.js';
import type { Output } from '../output/output.js';
import { table } from '../output/table.js';
import { loadProject, type Project } from '../project/load-project.js';
import { openStore } from '../project/open-orchestrator.js';

interface ListedAgent {
  readonly name: string;
  readonly from: 'project' | 'store';
  readonly id: string | null;
  readonly file: string | null;
  readonly template: string | null;
  readonly team: string | null;
  readonly description: string;
  readonly model: string | readonly string[] | null;
  readonly tools: readonly string[];
  readonly delegates: readonly string[];
  readonly problems: readonly string[];
}

/** `mao agents list` */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const project = await loadProject(context);
  const own = await ofProject(project.directory);
  const stored = (await ofStore(project)).filter(({ name }) => own.every((agent) => agent.name !== name));
  const agents = [...own, ...stored];
  output.result({ agents }, () => print(output, agents));
  return EXIT_CODES.ok;
}

async function ofProject(directory: string): Promise<ListedAgent[]> {
  const readings = await readProjectAgents(directory);
  return readings.map(({ file, folder, agent, issues }) => {
    const source = agent?.source;
    const definition = source?.kind === 'definition' ? source.definition : undefined;
    return {
      name: agent?.name ?? basename(folder),
      from: 'project',
      id: null,
      file,
      template: source?.kind === 'template' ? source.template : null,
      team: null,
      description: definition?.description ?? '',
      model: definition?.model ?? null,
      tools: source?.kind === 'template' ? source.tools : (definition?.tools ?? []),
      delegates: agent?.delegates ?? [],
      problems: issues.map(formatYamlIssue),
    };
  });
}

async function ofStore(project: Project): Promise<ListedAgent[]> {
  if (project.engineAddress.startsWith('memory:')) return [];
  const orchestrator = await openStore(project);
  if (orchestrator === undefined) return [];
  try {
    const agents = await storedAgents(orchestrator.engine.state);
    return agents.map(({ id, definition, tools, template, team }) => ({
      name: definition.name,
      from: 'store',
      id,
      file: null,
      template: template ?? null,
      team: team ?? null,
      description: definition.description ?? '',
      model: definition.model ?? null,
      tools,
      delegates: definition.delegates ?? [],
      problems: [],
    }));
  } finally {
    await orchestrator.shutdown({ drainMs: 0 });
  }
}

function print(output: Output, agents: readonly ListedAgent[]): void {
  if (agents.length === 0) {
    output.note(
      'No agents yet. "mao templates" lists what agents can be made from; a folder agents/<name>/agent.yaml adds one.',
    );
    return;
  }
  const rows = agents.map(({ name, from, id, team, template, model, tools, description }) => [
    output.colors.bold(name),
    from === 'project' ? 'project' : `store (${id ?? ''})`,
    [template, team === null ? null : `team ${team}`].filter((word) => word !== null).join(', ') || '–',
    [model ?? 'default'].flat().join(', '),
    count(tools.length, 'tool'),
    excerpt(description, 56),
  ]);
  for (const line of table(['NAME', 'FROM', 'MADE OF', 'MODEL', 'TOOLS', 'WHAT IT IS GOOD FOR'], rows))
    output.line(line);
  for (const problem of agents.flatMap(({ problems }) => problems)) output.warn(problem);
}

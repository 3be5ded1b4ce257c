import type { TaskStatus } from '@master-orchestrator/contracts';
import type { CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { ago, cost, duration, excerpt } from '../output/format.js';
import type { Output } from '../output/output.js';
import { table } from '../output/table.js';
import { loadProject } from '../project/load-project.js';
import { openStore } from '../project/open-orchestrator.js';
import { findTasks } from '../tasks/find-tasks.js';
import { statusText } from '../tasks/render-task.js';
import { summaryOf, type TaskSummary } from '../tasks/task-summary.js';

interface ListFlags {
  readonly status?: TaskStatus;
  readonly agent?: string;
  readonly limit?: number;
  readonly all?: boolean;
}

/** `mao tasks list` */
export async function run(context: CommandContext, { options }: CommandInput): Promise<ExitCode> {
  const { status, agent, limit = 20, all = false } = options as ListFlags;
  const project = await loadProject(context);
  const orchestrator = await openStore(project);
  const now = Date.now();
  const tasks =
    orchestrator === undefined ? [] : await findTasks(orchestrator, { status, agent, limit, withChildren: all });
  await orchestrator?.shutdown({ drainMs: 0 });
  const summaries = tasks.map((task) => summaryOf(task, now));
  context.output.result({ tasks: summaries }, () => print(context.output, summaries, now));
  return EXIT_CODES.ok;
}

function print(output: Output, tasks: readonly TaskSummary[], now: number): void {
  if (tasks.length === 0) {
    output.note('No tasks. "mao run" makes one.');
    return;
  }
  const rows = tasks.map((task) => [
    task.id,
    statusText(task.status, output.colors),
    task.agent,
    ago(task.createdAt, now),
    task.durationMs === null ? '–' : duration(task.durationMs),
    `${task.usage.inputTokens + task.usage.outputTokens}`,
    task.costUsd === null ? '–' : cost(task.costUsd),
    excerpt(task.error === null ? task.description : `${task.error.code}: ${task.description}`, 48),
  ]);
  for (const line of table(['ID', 'STATUS', 'AGENT', 'CREATED', 'TOOK', 'TOKENS', 'COST', 'TASK'], rows))
    output.line(line);
}

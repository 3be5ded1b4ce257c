import type { CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { loadProject } from '../project/load-project.js';
import { openStore } from '../project/open-orchestrator.js';
import { renderTask } from '../tasks/render-task.js';
import { resolveTaskId } from '../tasks/resolve-task-id.js';
import { readTask, type ShownTask } from '../tasks/task-journal.js';
import { summaryOf } from '../tasks/task-summary.js';

/** `mao tasks show` */
export async function run(context: CommandContext, { args, options }: CommandInput): Promise<ExitCode> {
  const { output } = context;
  const project = await loadProject(context);
  const orchestrator = await openStore(project);
  const now = Date.now();
  try {
    const id = await resolveTaskId(orchestrator, args[0] as string);
    const shown = await readTask(orchestrator as NonNullable<typeof orchestrator>, id);
    const isFull = options['full'] === true;
    output.result(documentOf(shown, now, isFull), () => {
      const lines = renderTask(shown, { colors: output.colors, width: output.columns, isFull, now });
      for (const line of lines) output.line(line);
    });
    return EXIT_CODES.ok;
  } finally {
    await orchestrator?.shutdown({ drainMs: 0 });
  }
}

function documentOf({ task, steps, children }: ShownTask, now: number, isFull: boolean): Record<string, unknown> {
  const { result, deadLetterId } = task;
  return {
    ...summaryOf(task, now),
    text: result?.text ?? null,
    output: result?.output ?? null,
    deadLetterId: deadLetterId ?? null,
    steps: isFull ? steps : steps.map(({ input: _input, output: _output, ...step }) => step),
    children: children.map((child) => documentOf(child, now, isFull)),
  };
}

import type { CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { loadProject } from '../project/load-project.js';
import { openStore } from '../project/open-orchestrator.js';
import { resolveTaskId } from '../tasks/resolve-task-id.js';

/** How long the end of a task that runs in another process is waited for, in milliseconds. */
const WAIT_MS = 10_000;

/** `mao tasks cancel` */
export async function run(context: CommandContext, { args, options }: CommandInput): Promise<ExitCode> {
  const { output } = context;
  const project = await loadProject(context);
  const orchestrator = await openStore(project);
  try {
    const id = await resolveTaskId(orchestrator, args[0] as string);
    const store = orchestrator as NonNullable<typeof orchestrator>;
    const { status } = await store.getTask(id);
    const reason = typeof options['reason'] === 'string' ? options['reason'] : 'cancelled by the user';
    const outcome = await Promise.race([store.cancelTask(id, reason), later(WAIT_MS)]);
    if (outcome === false) {
      output.result({ taskId: id, status, changed: false }, () =>
        output.note(`Task ${id} has ended already: it is ${status}.`),
      );
      return EXIT_CODES.failed;
    }
    const isOver = outcome === true;
    const ended = isOver ? 'cancelled' : 'cancelling';
    output.result({ taskId: id, status: ended, changed: true }, () =>
      output.line(isOver ? `${id} cancelled` : `${id} will end as soon as its process notices`),
    );
    return EXIT_CODES.ok;
  } finally {
    await orchestrator?.shutdown({ drainMs: 0 });
  }
}

function later(ms: number): Promise<'later'> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, 'later').unref();
  });
}

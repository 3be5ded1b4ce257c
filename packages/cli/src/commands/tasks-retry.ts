import type { CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { commandLogger } from '../logging/command-logger.js';
import { assertCredentials } from '../project/credentials.js';
import { loadProject } from '../project/load-project.js';
import { openOrchestrator, openStore } from '../project/open-orchestrator.js';
import { awaitTask } from '../runs/await-task.js';
import { knowAgent } from '../runs/resume-task.js';
import { RunSession } from '../runs/run-session.js';
import { tellWithout } from '../runs/start-notes.js';
import { resolveTaskId } from '../tasks/resolve-task-id.js';

/** `mao tasks retry` */
export async function run(context: CommandContext, { args, options }: CommandInput): Promise<ExitCode> {
  const { output } = context;
  const project = await loadProject(context);
  const store = await openStore(project);
  const given = await resolveAndClose(store, args[0] as string);
  const isRun = options['run'] === true;
  const isOffline = options['offline'] === true;
  const logger = await commandLogger(context, project);
  const canAskPeople = isRun && context.isInteractive;
  const opened = await openOrchestrator(project, { isOffline, isWorker: isRun, canAskPeople, logger });
  const { orchestrator } = opened;
  try {
    await knowAgent(opened, (await orchestrator.getTask(given)).agentId);
    if (isRun) {
      assertCredentials(opened, await orchestrator.listAgents(), `mao tasks retry ${given} --run`);
      tellWithout(context, opened);
    }
    const session = isRun
      ? new RunSession(context, opened, { isYes: options['yes'] === true, printsEvents: false })
      : undefined;
    const taskId = await orchestrator.retryTask(given);
    if (session !== undefined) return await awaitTask(context, opened, session, taskId);
    output.result({ taskId, retryOf: given, status: 'queued' }, () => {
      output.line(taskId);
      output.note('Queued. "mao worker" or "mao serve" works on it; with --run it runs here.');
    });
    return EXIT_CODES.ok;
  } finally {
    await orchestrator.shutdown({ drainMs: 0 });
  }
}

async function resolveAndClose(store: Awaited<ReturnType<typeof openStore>>, given: string): Promise<string> {
  try {
    return await resolveTaskId(store, given);
  } finally {
    await store?.shutdown({ drainMs: 0 });
  }
}

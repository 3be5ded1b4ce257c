import { classify, OrchestratorError } from '@master-orchestrator/errors';
import { AgentFactory, type ExecutedTask, type GoalResult, type PlanTask } from '@master-orchestrator/factory';
import { createNamedTeam } from '../agents/choose-agent.js';
import { usableTemplates } from '../agents/usable-templates.js';
import { askYes } from '../cli/ask.js';
import { usageError, type CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import type { Io } from '../cli/io.js';
import { commandLogger } from '../logging/command-logger.js';
import { cost, count, duration, excerpt, tokens } from '../output/format.js';
import { assertCredentials } from '../project/credentials.js';
import { loadProject } from '../project/load-project.js';
import { openOrchestrator, withToolHint, type Opened } from '../project/open-orchestrator.js';
import { writtenFiles } from '../runs/await-task.js';
import { RunSession } from '../runs/run-session.js';
import { userContextOf } from '../runs/user-context.js';
import { tellLeftOver, tellWithout } from '../runs/start-notes.js';
import type { TaskFlags } from '../runs/task-flags.js';
import { taskText } from '../runs/task-text.js';
import { waitingDocument, waitingLines } from '../runs/waiting-item.js';
import { budgetOf } from '../runs/budget-flags.js';

interface AchieveFlags extends TaskFlags {
  readonly templates?: readonly string[];
  readonly ask?: boolean;
  readonly maxTasks?: number;
}

/** `mao achieve`: a master agent plans, delegates and answers. */
export async function run(context: CommandContext, { args, options }: CommandInput): Promise<ExitCode> {
  const flags = options as AchieveFlags;
  if (flags.ask === true && flags.yes !== true && !context.isInteractive) {
    throw usageError('--ask needs a terminal to ask at. Leave it out, or answer beforehand with --yes.');
  }
  const goal = await taskText(context, (args[0] ?? []) as readonly string[], { what: 'goal' });
  const userContext = await userContextOf(context, flags);
  const project = await loadProject(context, { isMemory: flags.memory });
  const logger = await commandLogger(context, project);
  const opened = await openOrchestrator(project, {
    isOffline: flags.offline,
    canAskPeople: context.isInteractive,
    logger,
  });
  try {
    return await achieve(context, opened, goal, { ...flags, ...userContext });
  } catch (cause) {
    throw OrchestratorError.isInstance(cause) ? withToolHint(cause, project) : cause;
  } finally {
    await opened.orchestrator.shutdown({ drainMs: 0 });
  }
}

async function achieve(
  context: CommandContext,
  opened: Opened,
  goal: string,
  flags: Omit<AchieveFlags, 'userContext'> & { readonly userContext?: unknown },
): Promise<ExitCode> {
  const { orchestrator } = opened;
  const team = flags.team === undefined ? undefined : await createNamedTeam(opened, flags.team, flags.param);
  const master = await new AgentFactory(orchestrator).createMaster({
    ...(team === undefined ? {} : { team }),
    templates: flags.templates ?? usableTemplates(opened),
    ...(flags.maxTasks === undefined ? {} : { maxTasks: flags.maxTasks }),
  });
  assertCredentials(opened, await orchestrator.listAgents(), 'mao achieve "…"');
  tellWithout(context, opened);
  await tellLeftOver(context, opened);
  const stopping = new AbortController();
  const session = new RunSession(context, opened, {
    isYes: flags.yes === true,
    printsEvents: flags.events === true,
    cancel: () => stopping.abort(new OrchestratorError('CANCELLED', 'The goal was stopped.')),
  });
  const startedAt = performance.now();
  const budget = budgetOf(flags);
  try {
    const result = await master.achieve(goal, {
      signal: stopping.signal,
      userContext: flags.userContext,
      onProgress: planLines(session),
      ...(flags.ask === true
        ? { approvePlan: (tasks) => askPlan(context.io, session, tasks, flags.yes === true) }
        : {}),
      ...(budget === undefined ? {} : { budget }),
    });
    session.live.stop();
    return tellResult(context, opened, session, result, performance.now() - startedAt);
  } catch (cause) {
    session.live.stop();
    if (session.failure !== undefined) throw classify(session.failure);
    if (session.stopped === undefined) throw cause;
    return tellStopped(context, session);
  } finally {
    await session.close();
  }
}

/** Tells of each task of the plan as its state changes. */
function planLines({ live }: RunSession): (tasks: readonly ExecutedTask[]) => void {
  const told = new Map<string, string>();
  return (tasks) => {
    for (const { id, status, description, agentName, durationMs } of tasks) {
      if (told.get(id) === status || status === 'waiting') continue;
      told.set(id, status);
      const took = durationMs === undefined ? '' : `  ${duration(durationMs)}`;
      live.print(
        `plan  ${id}  ${status}  ${excerpt(description, 60)}${agentName === undefined ? '' : `  (${agentName})`}${took}`,
      );
    }
  };
}

async function askPlan(io: Io, { live }: RunSession, tasks: readonly PlanTask[], isYes: boolean): Promise<boolean> {
  live.print(`The plan has ${count(tasks.length, 'task')}:`);
  for (const task of tasks) {
    const after = task.dependsOn.length === 0 ? '' : `  after ${task.dependsOn.join(', ')}`;
    live.print(`  ${task.id}  ${excerpt(task.description, 70)}  (${task.agent ?? task.template ?? 'nobody'})${after}`);
  }
  if (isYes) return true;
  live.stop();
  return askYes(io, 'Run it?');
}

function tellResult(
  { output }: CommandContext,
  opened: Opened,
  session: RunSession,
  result: GoalResult,
  durationMs: number,
): ExitCode {
  const { usage, costUsd, tasks, status } = result;
  const files = writtenFiles(opened, session);
  const document = {
    ...result,
    costUsd: costUsd ?? null,
    files,
    durationMs: Math.round(durationMs),
    isOffline: opened.isOffline,
  };
  output.result(document, () => {
    output.note('');
    output.line(result.text);
    for (const file of files) output.note(`Report: ${file}`);
    const done = tasks.filter((task) => task.status === 'completed').length;
    output.note('');
    const sums = `${done} of ${count(tasks.length, 'task')}, ${duration(durationMs)}, ${tokens(usage)}, ${cost(costUsd)}`;
    output.note(output.noteColors.dim(`${result.goalId} ${status}: ${sums}`));
  });
  return status === 'completed' ? EXIT_CODES.ok : EXIT_CODES.failed;
}

function tellStopped({ output }: CommandContext, session: RunSession): ExitCode {
  if (session.stopped === 'interrupted') {
    output.result({ status: 'cancelled' }, () => output.note('Cancelled: the goal and its tasks.'));
    return EXIT_CODES.interrupted;
  }
  const items = session.unanswered;
  output.result({ status: 'cancelled', waitingFor: items.map(waitingDocument) }, () => {
    for (const item of items) for (const line of waitingLines(item)) output.note(line);
    output.note(
      'Nobody can be asked here, so the goal was cancelled. Approve beforehand with --yes, or start it at a terminal.',
    );
  });
  return EXIT_CODES.waiting;
}

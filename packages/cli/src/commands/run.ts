import type { AgentView } from '@master-orchestrator/contracts';
import { isCancelled, OrchestratorError } from '@master-orchestrator/errors';
import { chooseAgent } from '../agents/choose-agent.js';
import { usageError, type CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { commandLogger } from '../logging/command-logger.js';
import { assertCredentials } from '../project/credentials.js';
import { loadProject } from '../project/load-project.js';
import { openOrchestrator, withToolHint, type Opened } from '../project/open-orchestrator.js';
import { budgetOf } from '../runs/budget-flags.js';
import { askAgentAt } from '../runs/ask-agent.js';
import { awaitTask } from '../runs/await-task.js';
import { resumeTask } from '../runs/resume-task.js';
import { RunSession } from '../runs/run-session.js';
import { userContextOf } from '../runs/user-context.js';
import { tellLeftOver, tellWithout } from '../runs/start-notes.js';
import type { TaskFlags } from '../runs/task-flags.js';
import { taskText } from '../runs/task-text.js';

interface RunFlags extends TaskFlags {
  readonly agent?: string;
  readonly template?: string;
  readonly file?: readonly string[];
  readonly deadline?: number;
  readonly priority?: number;
  readonly detach?: boolean;
  readonly resume?: string;
}

/** `mao run`: gives a task to an agent and waits for the answer. */
export async function run(context: CommandContext, { args, options }: CommandInput): Promise<ExitCode> {
  const flags = options as RunFlags;
  const words = (args[0] ?? []) as readonly string[];
  checkFlags(flags, words);
  const description =
    flags.resume === undefined ? await taskText(context, words, { what: 'task', files: flags.file ?? [] }) : '';
  const userContext = await userContextOf(context, flags);
  const project = await loadProject(context, { isMemory: flags.memory });
  const opened = await openOrchestrator(project, {
    isOffline: flags.offline,
    isWorker: flags.detach !== true,
    canAskPeople: context.isInteractive,
    logger: await commandLogger(context, project),
  });
  try {
    const how = { isYes: flags.yes === true, printsEvents: flags.events === true };
    if (flags.resume !== undefined) return await resumeTask(context, opened, flags.resume, how);
    const agent = await agentFor(context, opened, flags);
    const more = { ...taskOptions(flags), ...userContext };
    const taskId = await opened.orchestrator.createTask({ description, agentId: agent.id, ...more });
    if (flags.detach === true) return await detach(context, opened, taskId);
    tellWithout(context, opened);
    await tellLeftOver(context, opened);
    const session = new RunSession(context, opened, how);
    return await awaitTask(context, opened, session, taskId);
  } catch (cause) {
    if (!OrchestratorError.isInstance(cause) || isCancelled(cause)) throw cause;
    throw withToolHint(cause, project);
  } finally {
    await opened.orchestrator.shutdown({ drainMs: 0 });
  }
}

function checkFlags(flags: RunFlags, words: readonly string[]): void {
  if ((flags.priority ?? 0) > 9) throw usageError('--priority takes 0 to 9; 9 is the most urgent.');
  if (flags.resume !== undefined && words.length > 0)
    throw usageError('--resume goes on with a task as it is: leave the words out.');
  if (flags.resume !== undefined && flags.userContext !== undefined)
    throw usageError('--resume goes on with the user context of the task: leave --user-context out.');
  if (flags.detach === true && flags.memory === true)
    throw usageError('--detach needs a store, so --memory cannot be given with it.');
}

async function agentFor(context: CommandContext, opened: Opened, flags: RunFlags): Promise<AgentView> {
  const agent = await chooseAgent(opened, flags, askAgentAt(context));
  const command = `mao run${whoOf(flags)} "…"`;
  assertCredentials(opened, await opened.orchestrator.listAgents(), command);
  return agent;
}

function whoOf({ agent, template, team }: RunFlags): string {
  if (agent !== undefined) return ` --agent ${agent}`;
  if (template !== undefined) return ` --template ${template}`;
  return team === undefined ? '' : ` --team ${team}`;
}

function taskOptions(flags: RunFlags): Record<string, unknown> {
  const budget = budgetOf(flags);
  return {
    ...(budget === undefined ? {} : { budget }),
    ...(flags.deadline === undefined ? {} : { deadlineMs: flags.deadline * 1_000 }),
    ...(flags.priority === undefined ? {} : { priority: flags.priority }),
  };
}

async function detach({ output }: CommandContext, { orchestrator }: Opened, taskId: string): Promise<ExitCode> {
  await orchestrator.enqueueTask(taskId);
  output.result({ taskId, status: 'queued' }, () => {
    output.line(taskId);
    output.note('Queued. "mao worker" or "mao serve" works on it; "mao tasks show" tells how it goes.');
  });
  return EXIT_CODES.ok;
}

import type { TaskResult } from '@master-orchestrator/contracts';
import { classify, isCancelled, type OrchestratorError } from '@master-orchestrator/errors';
import { resolve } from 'node:path';
import type { CommandContext } from '../cli/command-context.js';
import { EXIT_CODES, exitCodeOf, type ExitCode } from '../cli/exit-codes.js';
import { reportError } from '../output/error-report.js';
import { cost, duration, tokens } from '../output/format.js';
import type { Opened } from '../project/open-orchestrator.js';
import type { RunSession } from './run-session.js';
import { answerCommand, waitingDocument, waitingLines, type WaitingItem } from './waiting-item.js';

/** Where generated reports go, unless the configuration says otherwise. */
const REPORTS = 'reports';

/**
 * Waits for a task, tells how it ended, and closes the orchestrator.
 *
 * @returns the exit code that fits its end
 */
export async function awaitTask(
  context: CommandContext,
  opened: Opened,
  session: RunSession,
  taskId: string,
): Promise<ExitCode> {
  session.tree.add(taskId);
  const startedAt = performance.now();
  try {
    const result = await opened.orchestrator.executeTask(taskId);
    session.live.stop();
    tellResult(context, opened, session, result, performance.now() - startedAt);
    // It came to its end while it was being stopped: the answer is there, and the command was interrupted all the same.
    return session.stopped === 'interrupted' ? EXIT_CODES.interrupted : EXIT_CODES.ok;
  } catch (cause) {
    session.live.stop();
    if (session.failure !== undefined) return tellFailure(context, session.failure, taskId);
    if (session.stopped !== undefined) return tellStopped(context, opened, session, taskId);
    return tellFailure(context, cause, taskId);
  } finally {
    await session.close();
  }
}

/** Files that tools wrote, with their whole paths. */
export function writtenFiles({ project }: Opened, session: RunSession): string[] {
  const section = project.loaded.config.plugins['@master-orchestrator/tools-reporting'];
  const folder = section === false || section === undefined ? undefined : section['outputDir'];
  return session.files.map((file) => resolve(project.directory, typeof folder === 'string' ? folder : REPORTS, file));
}

function tellResult(
  { output }: CommandContext,
  opened: Opened,
  session: RunSession,
  result: TaskResult,
  durationMs: number,
): void {
  const { usage, costUsd, notes } = result;
  const files = writtenFiles(opened, session);
  const { taskId, status, text, output: value } = result;
  const document = { taskId, status, text, output: value, files, usage, costUsd: costUsd ?? null, notes: notes ?? [] };
  const timed = { ...document, durationMs: Math.round(durationMs), isOffline: opened.isOffline };
  output.result(timed, () => {
    output.note('');
    output.line(text);
    for (const file of files) output.note(`Report: ${file}`);
    for (const note of notes ?? []) output.note(`Note: ${note}`);
    output.note('');
    const sums = `${duration(durationMs)}, ${tokens(usage)}, ${cost(costUsd)}`;
    output.note(output.noteColors.dim(`${taskId} ${status} in ${sums}`));
  });
}

function tellFailure({ output, globals }: CommandContext, cause: unknown, taskId: string): ExitCode {
  const error = classify(cause);
  if (isCancelled(error)) return tellCancelled({ output }, error, taskId);
  const kept = error.deadLetterId === undefined ? {} : { deadLetterId: error.deadLetterId };
  reportError(error, output, { isDebug: globals.debug === true, more: { taskId, status: 'failed', ...kept } });
  output.note(
    output.noteColors.dim(
      `  Task ${taskId} failed. "mao tasks show ${taskId}" shows its steps; "mao tasks retry ${taskId}" runs it again.`,
    ),
  );
  return exitCodeOf(error.code);
}

/** Somebody else ended the task: another command, or the API. */
function tellCancelled(
  { output }: Pick<CommandContext, 'output'>,
  { message }: OrchestratorError,
  taskId: string,
): ExitCode {
  output.result({ taskId, status: 'cancelled' }, () => output.note(`Task ${taskId} was cancelled: ${message}`));
  return EXIT_CODES.interrupted;
}

function tellStopped({ output }: CommandContext, opened: Opened, session: RunSession, taskId: string): ExitCode {
  if (session.stopped === 'waiting') {
    tellWaiting({ output }, opened, taskId, session.unanswered);
    return EXIT_CODES.waiting;
  }
  const resume = `mao run --resume ${taskId}`;
  const document = opened.isDurable ? { taskId, status: 'interrupted', resume } : { taskId, status: 'cancelled' };
  output.result(document, () => {
    if (!opened.isDurable) output.note('Cancelled: nothing is kept.');
    else output.note(`Stopped. The task is kept: "${resume}" goes on with it, "mao tasks cancel ${taskId}" ends it.`);
  });
  return EXIT_CODES.interrupted;
}

function tellWaiting(
  { output }: Pick<CommandContext, 'output'>,
  { isDurable }: Opened,
  taskId: string,
  items: readonly WaitingItem[],
): void {
  const resume = `mao run --resume ${taskId}`;
  const document = { taskId, status: isDurable ? 'waiting' : 'cancelled', waitingFor: items.map(waitingDocument) };
  output.result(isDurable ? { ...document, resume } : document, () => {
    for (const item of items) for (const line of waitingLines(item)) output.note(line);
    if (isDurable) {
      for (const item of items) output.note(`Answer it: ${answerCommand(item)}   (or --deny)`);
      output.note(`Then go on: ${resume}`);
    } else {
      output.note('Nobody can be asked here, and nothing is kept: the task was cancelled.');
      output.note('Approve beforehand with --yes, or leave --memory out so that the task can wait.');
    }
  });
}

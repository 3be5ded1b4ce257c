import { OrchestratorError } from '@master-orchestrator/errors';
import { AgentFactory } from '@master-orchestrator/factory';
import { createProjectAgents, projectAgents } from '../agents/project-agents.js';
import { adoptStoredAgent, storedAgents } from '../agents/stored-agents.js';
import type { CommandContext } from '../cli/command-context.js';
import type { ExitCode } from '../cli/exit-codes.js';
import { assertCredentials } from '../project/credentials.js';
import type { Opened } from '../project/open-orchestrator.js';
import { resolveTaskId } from '../tasks/resolve-task-id.js';
import { awaitTask } from './await-task.js';
import { RunSession, type SessionOptions } from './run-session.js';
import { tellWithout } from './start-notes.js';

/** Goes on with a task that an earlier process left, and waits for its end. */
export async function resumeTask(
  context: CommandContext,
  opened: Opened,
  given: string,
  how: SessionOptions,
): Promise<ExitCode> {
  const { orchestrator } = opened;
  const taskId = await resolveTaskId(orchestrator, given);
  const { agentId } = await orchestrator.getTask(taskId);
  await knowAgent(opened, agentId);
  assertCredentials(opened, await orchestrator.listAgents(), `mao run --resume ${taskId}`);
  tellWithout(context, opened);
  const session = new RunSession(context, opened, how);
  session.tree.add(taskId);
  session.lookForQuestions();
  return awaitTask(context, opened, session, taskId);
}

/**
 * Makes the agent of a stored task known to this process: the project's own where its folder has it, else as the store
 * keeps it.
 *
 * @throws OrchestratorError AGENT_UNKNOWN
 */
export async function knowAgent(opened: Opened, agentId: string): Promise<void> {
  const { orchestrator, project } = opened;
  const isKnown = async (): Promise<boolean> => (await orchestrator.listAgents()).some(({ id }) => id === agentId);
  const agents = await projectAgents(project.directory);
  const stored = await storedAgents(orchestrator.engine.state);
  const found = stored.find(({ id }) => id === agentId);
  const own = agents.find(({ name }) => name === found?.definition.name);
  if (own !== undefined) await createProjectAgents(orchestrator, new AgentFactory(orchestrator), agents, [own.name]);
  if (await isKnown()) return;
  if (found !== undefined && !found.hasCode) {
    await adoptStoredAgent(orchestrator, stored, found);
    return;
  }
  throw new OrchestratorError(
    'AGENT_UNKNOWN',
    found === undefined
      ? `The agent "${agentId}" of this task is not known here.`
      : `The agent "${found.definition.name}" of this task has code of its own: only the program that made it can run it.`,
  );
}

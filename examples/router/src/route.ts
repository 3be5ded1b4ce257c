import type { MasterOrchestrator } from '@master-orchestrator/core';
import type { TaskResult } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';

/** Somebody a request can be sent to. */
export interface Specialist {
  readonly agentId: string;
  /** What it is good for; the router decides by it. */ readonly goodFor: string;
}

/** A router: asks one agent who should do a task, and has it done. */
export type Router = (task: string) => Promise<{ readonly name: string; readonly result: TaskResult }>;

/**
 * Makes a router over agents by name. The answer of the routing agent is one of the names by its schema, so that it
 * cannot send a task to somebody who is not there.
 *
 * @throws OrchestratorError TASK_INVALID with no specialists
 */
export async function createRouter(
  orchestrator: MasterOrchestrator,
  specialists: Readonly<Record<string, Specialist>>,
): Promise<Router> {
  const names = Object.keys(specialists);
  const lines = names.map((name) => `- ${name}: ${specialists[name]?.goodFor}`);
  if (names.length === 0) throw new OrchestratorError('TASK_INVALID', 'A router needs at least one specialist.');
  const routerId = await orchestrator.createAgent({
    name: 'router',
    description: 'Names the specialist for a request.',
    instructions: `Name the specialist who should get the request. You do not answer it yourself.\n${lines.join('\n')}`,
    outputSchema: z.strictObject({ specialist: z.enum(names) }),
    limits: { turns: 4 },
  });
  return async (task) => {
    const routing = await orchestrator.createTask({ description: task, agentId: routerId });
    const { specialist: name } = (await orchestrator.executeTask(routing)).output;
    const agentId = specialists[name]?.agentId ?? '';
    const result = await orchestrator.executeTask(await orchestrator.createTask({ description: task, agentId }));
    return { name, result };
  };
}

import { AgentFactory } from '@master-orchestrator/factory';
import type { Opened } from '../project/open-orchestrator.js';
import { ASSISTANT } from './assistant.js';
import { createProjectAgents, projectAgents } from './project-agents.js';

/**
 * Creates the agents of a process that stays: all of the project, or the general one where it has none.
 *
 * @returns the factory, which knows the templates of all plugins
 * @throws OrchestratorError AGENT_INVALID and those of `createAgent`
 */
export async function createStandingAgents({ orchestrator, project }: Opened): Promise<AgentFactory> {
  const factory = new AgentFactory(orchestrator);
  const agents = await projectAgents(project.directory);
  if (agents.length === 0) await orchestrator.createAgent(ASSISTANT);
  else await createProjectAgents(orchestrator, factory, agents);
  return factory;
}

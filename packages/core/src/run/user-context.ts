import { OrchestratorError, type Json } from '@master-orchestrator/errors';
import { fitUserContext } from '@master-orchestrator/tools';
import type { AgentRevision } from '../agents/agent-book.js';

/**
 * The user context of a task as an agent's schema reads it; as it is where the agent has none.
 *
 * @throws OrchestratorError USER_CONTEXT_INVALID
 */
export function userContextFor({ definition }: AgentRevision, userContext: Json | undefined): unknown {
  const { name, userContextSchema } = definition;
  if (userContextSchema === undefined) return userContext;
  const read = fitUserContext(userContextSchema, userContext);
  if (read.fits) return read.value;
  throw new OrchestratorError(
    'USER_CONTEXT_INVALID',
    `The user context does not fit what agent "${name}" needs: ${read.problem}.`,
  );
}

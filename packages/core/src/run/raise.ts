import { optional } from '@master-orchestrator/contracts';
import type { FailureContext, HandledDecision, OrchestratorError } from '@master-orchestrator/errors';
import type { RunContext } from './run-context.js';

/**
 * Counts and publishes a failure from which nothing recovers on the spot: its step is left out (SKIP), or the run ends
 * with it (TERMINATE).
 *
 * @returns the decision of its plan
 */
export function raise(
  context: RunContext,
  error: OrchestratorError,
  step: FailureContext['step'],
): HandledDecision | undefined {
  const { services, task, runId, active, events } = context;
  context.noteFailure(error);
  const ids = { taskId: task.record.id, runId, agentId: active.agent.id };
  const { decision } = services.errors.handleError(error, { step, ...ids }, { autoRecover: true });
  events.tell('error-raise', { error: error.toJSON(), step: step.name });
  if (decision?.action !== 'skip' && decision?.action !== 'terminate') return decision;
  const { strategy, action } = decision;
  const scope = decision.action === 'terminate' ? decision.scope : undefined;
  const { code, category } = error;
  events.tell('recovery-decide', {
    code,
    category,
    step: step.name,
    strategy,
    action,
    attempt: 1,
    ...optional({ scope }),
  });
  return decision;
}

import { optional, type EscalationAnswer, type EscalationRecord } from '@master-orchestrator/contracts';
import type { OrchestratorError } from '@master-orchestrator/errors';
import type { RunContext } from './run-context.js';

/** How {@link askPerson} asks. */
export interface AskOptions {
  /** A setting says that a person is to be asked, whoever stands above and whether or not people are asked otherwise. @default false */
  readonly isDirect?: boolean;
}

/**
 * Passes a failure on to whoever can decide: the parent agent gets it as the result of its call, so the child ends with
 * it; else a person is asked, and the task waits without a slot.
 *
 * @param key - Unique within the run; part of the escalation's id.
 * @param step - What failed, in words.
 * @throws the error itself where nobody can answer, or where the parent is to decide
 */
export async function askPerson(
  context: RunContext,
  key: string,
  error: OrchestratorError,
  step: string,
  options: AskOptions = {},
): Promise<EscalationAnswer> {
  const { services, task, run, runId, active } = context;
  const question = `Agent "${active.agent.definition.name}" cannot go on with the ${step}: ${error.message} Try again, leave it out, give the result, or fail the task?`;
  const escalationId = `escalation_${task.record.id}.${key.replaceAll(/[^a-zA-Z0-9#]/g, '')}`;
  if (task.record.parentTaskId !== undefined && options.isDirect !== true) {
    context.events.tell('escalation-request', { escalationId, to: 'parent', error: error.toJSON(), question });
    throw error;
  }
  if (!services.settings.canAskPeople && options.isDirect !== true) throw error;
  await context.step(`${key}/ask`, { repeat: 'harmless' }, async () => {
    const record: EscalationRecord = {
      id: escalationId,
      taskId: task.record.id,
      runId,
      agentId: active.agent.id,
      step,
      error: error.toJSON(),
      question,
      requestedAt: services.clock.now(),
      status: 'open',
    };
    await services.desks.escalations.add(record);
    const isAlert = services.alerts.admits(task.record.id, error.severity);
    context.events.emit('escalation-request', {
      escalationId,
      to: 'person',
      error: record.error,
      question,
      ...(isAlert ? {} : { isAlert }),
    });
    return null;
  });
  const message = await context.park('escalation', () => run.receive(`${key}/answer`, `escalation:${escalationId}`));
  if (message === undefined) throw error;
  const answer = message.body as unknown as EscalationAnswer;
  context.events.hold('escalation-answer', {
    escalationId,
    action: answer.action,
    by: answer.by,
    ...optional({ note: answer.note }),
  });
  return answer;
}

import type { EscalationAnswer, EscalationRecord, TaskView } from '@master-orchestrator/contracts';
import { OrchestratorError, type SerializedError } from '@master-orchestrator/errors';
import type { TaskRecord } from './task-book.js';
import type { WorkDesks } from './work-desks.js';

/**
 * Id of the question about a step whose effect is in doubt, or about a run that was paused for another reason. Each
 * delivery may be cut off in the same step, and each time it is asked.
 */
export function doubtId(taskId: string, stepKey: string, delivery: number): string {
  return `escalation_${taskId}.doubt.${stepKey.replaceAll(/[^a-zA-Z0-9]/g, '')}.${delivery}`;
}

/** What a person is asked about a run that the engine has paused. */
export function questionOfPause(record: TaskRecord, view: TaskView, now: number): EscalationRecord {
  const error: SerializedError =
    view.error ??
    new OrchestratorError('JOURNAL_MISMATCH', `Task "${record.id}" was paused without a reason.`).toJSON();
  const step = stepOf(error);
  const question =
    error.code === 'EFFECT_UNKNOWN'
      ? `A call of agent "${record.agentName}" (${step}) was interrupted and may have taken effect. Run it again, leave it out, give its result, or fail the task?`
      : `Task "${record.id}" is paused: ${error.message} Go on (retry) or fail it?`;
  return {
    id: doubtId(record.id, step, view.delivery),
    taskId: record.id,
    agentId: record.agentId,
    step,
    error,
    question,
    requestedAt: now,
    status: 'open',
  };
}

/** What a person said last about a step in doubt, or `undefined` where nobody was asked or has answered. */
export async function answerToDoubt(
  desks: WorkDesks,
  run: { readonly id: string; readonly delivery: number },
  stepKey: string,
): Promise<EscalationAnswer | undefined> {
  for (let delivery = run.delivery; delivery >= 1; delivery -= 1) {
    try {
      return (await desks.escalations.get(doubtId(run.id, stepKey, delivery))).answer;
    } catch (error) {
      if (!OrchestratorError.isInstance(error) || error.code !== 'NOT_FOUND') throw error;
    }
  }
  return undefined;
}

function stepOf(error: SerializedError): string {
  const step = error.details?.['step'];
  return typeof step === 'string' ? step : 'run';
}

import type { EventOf } from '@master-orchestrator/contracts';
import type { Attributes } from '@opentelemetry/api';

/** Events that are noted on the span they happen in. */
export type NotedEvent = EventOf<
  | 'error-raise'
  | 'recovery-decide'
  | 'approval-request'
  | 'approval-answer'
  | 'escalation-request'
  | 'escalation-answer'
  | 'budget-warn'
  | 'budget-refuse'
>;

/** Attributes of a noted event: codes, names and numbers, never words of a person, a model or a tool. */
export function noteOf(event: NotedEvent): Attributes {
  switch (event.type) {
    case 'error-raise':
      return { 'error.type': event.data.error.code, 'mao.error.category': event.data.error.category };
    case 'recovery-decide': {
      const { code, action, strategy, attempt, maxAttempts, delayMs } = event.data;
      return {
        'error.type': code,
        'mao.recovery.action': action,
        'mao.recovery.strategy': strategy,
        'mao.attempt': attempt,
        ...(maxAttempts === undefined ? {} : { 'mao.recovery.max_attempts': maxAttempts }),
        ...(delayMs === undefined ? {} : { 'mao.recovery.delay_ms': delayMs }),
      };
    }
    case 'approval-request':
      return { 'gen_ai.tool.name': event.data.tool, 'mao.approval.id': event.data.approvalId };
    case 'approval-answer':
      return { 'mao.approval.id': event.data.approvalId, 'mao.approval.decision': event.data.decision };
    case 'escalation-request':
      return { 'mao.escalation.id': event.data.escalationId, 'error.type': event.data.error.code };
    case 'escalation-answer':
      return { 'mao.escalation.id': event.data.escalationId, 'mao.escalation.action': event.data.action };
    case 'budget-warn':
    case 'budget-refuse': {
      const { budget, bound, limit, used } = event.data;
      return { 'mao.budget': budget, 'mao.budget.bound': bound, 'mao.budget.limit': limit, 'mao.budget.used': used };
    }
  }
}

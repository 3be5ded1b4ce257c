import type { Logger, OrchestratorEvent } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import type { Severity } from '@master-orchestrator/errors';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Writes the event stream as log lines, each with the ids of its task, run and agent. Texts of models and people stay out. */
export function logEvents(orchestrator: MasterOrchestrator, logger: Logger): void {
  orchestrator.listen('mao log', (event) => {
    const told = lineOf(event);
    if (told === undefined) return;
    const { taskId, runId, agentId, parentTaskId } = event;
    const ids = Object.fromEntries(
      Object.entries({ taskId, runId, agentId, parentTaskId }).filter(([, id]) => id !== undefined),
    );
    logger[told.level]({ event: event.type, ...ids, ...told.fields }, told.message);
  });
}

interface Line {
  readonly level: Level;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

function lineOf(event: OrchestratorEvent): Line | undefined {
  switch (event.type) {
    case 'task-queue':
      return line('info', 'task queued', { agent: event.data.agentName, priority: event.data.priority });
    case 'task-start':
      return line('info', 'task started', { delivery: event.data.delivery });
    case 'task-park':
      return line('info', 'task waits', { reason: event.data.reason });
    case 'task-end': {
      const { status, durationMs, usage, costUsd, error, deadLetterId } = event.data;
      const fields = { status, durationMs: Math.round(durationMs), usage, costUsd, err: error, deadLetterId };
      return line(status === 'failed' ? 'error' : 'info', `task ${status}`, fields);
    }
    case 'model-call-end': {
      const { model, turn, attempt, outcome, durationMs, usage, error } = event.data;
      const fields = { model, turn, attempt, outcome, durationMs: Math.round(durationMs), usage, code: error?.code };
      return line(outcome === 'error' ? 'warn' : 'debug', 'model called', fields);
    }
    case 'tool-call-end': {
      const { tool, turn, outcome, durationMs, error, bytes } = event.data;
      const fields = { tool, turn, outcome, durationMs: Math.round(durationMs), bytes, code: error?.code };
      return line(outcome === 'ok' ? 'debug' : 'warn', 'tool called', fields);
    }
    case 'recovery-decide': {
      const { code, action, attempt, maxAttempts, delayMs, target } = event.data;
      const which = maxAttempts === undefined ? '' : `, attempt ${attempt} of ${maxAttempts} failed`;
      return line('warn', `recovery: ${action}${which}`, { code, attempt, maxAttempts, delayMs, target });
    }
    case 'error-raise':
      return line(levelOf(event.data.error.severity), 'error', { step: event.data.step, err: event.data.error });
    case 'breaker-change':
      return line('warn', 'breaker changed', { ...event.data });
    case 'limiter-change':
      return line('debug', 'limit changed', { ...event.data });
    case 'budget-refuse':
    case 'budget-warn':
      return line('warn', event.type === 'budget-warn' ? 'budget nearly spent' : 'budget spent', { ...event.data });
    case 'approval-request':
      return line('info', 'approval wanted', { approvalId: event.data.approvalId, tool: event.data.tool });
    case 'approval-answer':
      return line('info', 'approval answered', { ...event.data });
    case 'escalation-request':
      return line('warn', 'a person is asked', { escalationId: event.data.escalationId, err: event.data.error });
    case 'escalation-answer':
      return line('info', 'a person answered', { ...event.data });
    case 'deadletter-write':
      return line('error', 'task kept as a dead letter', { ...event.data });
    case 'plugin-fail':
      return line('error', 'plugin failed', {
        plugin: event.data.plugin,
        hook: event.data.hook,
        err: event.data.error,
      });
    case 'listener-fail':
      return line('warn', 'a listener failed', { ...event.data });
    default:
      return undefined;
  }
}

/** LOW was put right within its step; HIGH and CRITICAL want to be read. */
function levelOf(severity: Severity): Level {
  if (severity === 'LOW') return 'debug';
  return severity === 'MEDIUM' ? 'warn' : 'error';
}

function line(level: Level, message: string, fields: Readonly<Record<string, unknown>>): Line {
  return {
    level,
    message,
    fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
  };
}

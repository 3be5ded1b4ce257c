import { optional, type ApprovalAnswer, type ApprovalRecord, type ToolCallItem } from '@master-orchestrator/contracts';
import { redact } from '@master-orchestrator/errors';
import type { ReadyCall } from '@master-orchestrator/tools';
import type { RunContext } from './run-context.js';

/** What became of the question whether a call may run. */
export type ApprovalVerdict =
  | { readonly isApproved: true; /** Who approved. */ readonly by: string }
  | {
      readonly isApproved: false;
      readonly code: 'APPROVAL_DENIED' | 'APPROVAL_EXPIRED';
      readonly note?: string;
    };

/** A call that was put before people. */
export interface ApprovalRequest {
  /** Key of the call in its run. */ readonly key: string;
  readonly prepared: ReadyCall;
  /** When nobody has answered by then, the default answer holds. Absent: it waits for ever. */
  readonly expiresAt?: number;
}

/** Who answers where nobody did in time. */
const DEFAULT_BY = 'default answer';
const TOO_LATE = 'nobody answered in time';

/** Puts a call before people, once: the exact arguments and their hash. */
export async function requestApproval(
  context: RunContext,
  key: string,
  call: ToolCallItem,
  prepared: ReadyCall,
): Promise<ApprovalRequest> {
  if (context.approvers.has(prepared.tool.name)) return { key, prepared };
  const expiresAt = await context.step(`${key}/approval`, { repeat: 'harmless' }, async () => {
    const record = recordOf(context, key, call, prepared);
    await context.services.desks.approvals.add(record);
    context.events.emit('approval-request', {
      approvalId: record.id,
      tool: record.tool,
      callId: record.callId,
      arguments: redact(record.arguments),
      argumentsHash: record.argumentsHash,
      ...optional({ expiresAt: record.expiresAt }),
    });
    return record.expiresAt ?? null;
  });
  return { key, prepared, ...(expiresAt === null ? {} : { expiresAt }) };
}

function recordOf(context: RunContext, key: string, call: ToolCallItem, prepared: ReadyCall): ApprovalRecord {
  const { services, task, runId, active } = context;
  const requestedAt = services.clock.now();
  const { expiryMs } = services.settings.approvals;
  return {
    id: approvalId(context, key),
    taskId: task.record.id,
    runId,
    agentId: active.agent.id,
    agentName: active.agent.definition.name,
    callId: call.callId,
    tool: call.name,
    arguments: prepared.arguments,
    argumentsHash: prepared.argumentsHash,
    reason: prepared.approval?.reason ?? 'the tool needs approval',
    requestedAt,
    status: 'open',
    ...optional({ expiresAt: expiryMs === undefined ? undefined : requestedAt + expiryMs }),
  };
}

/** Waits without a slot until a person has answered, or until the time is over and the default answer holds. */
export async function waitForApproval(context: RunContext, request: ApprovalRequest): Promise<ApprovalVerdict> {
  const { key, prepared, expiresAt } = request;
  const tool = prepared.tool.name;
  const approver = context.approvers.get(tool);
  if (approver !== undefined) return { isApproved: true, by: approver };
  const { run } = context;
  const id = approvalId(context, key);
  // Several calls of a turn are waited for one after the other: their times run from the moment of asking.
  const timeoutMs = expiresAt === undefined ? undefined : Math.max(0, expiresAt - (await run.now(`${key}/wait`)));
  const message = await context.park(
    'approval',
    () => run.receive(`${key}/answer`, `approval:${id}`, optional({ timeoutMs })),
    expiresAt,
  );
  const given = message?.body as (ApprovalAnswer & { readonly argumentsHash: string }) | undefined;
  if (given !== undefined && given.argumentsHash !== prepared.argumentsHash) {
    tell(context, id, { ...given, decision: 'deny' });
    return { isApproved: false, code: 'APPROVAL_DENIED', note: 'the arguments are not those that were approved' };
  }
  const { answer, isExpired } =
    given === undefined ? await expire(context, key, id) : { answer: given, isExpired: false };
  tell(context, id, isExpired ? { ...answer, decision: 'expire' } : answer);
  if (answer.decision === 'approve-for-run') context.approvers.set(tool, answer.by);
  if (answer.decision !== 'deny') return { isApproved: true, by: answer.by };
  return {
    isApproved: false,
    code: isExpired ? 'APPROVAL_EXPIRED' : 'APPROVAL_DENIED',
    ...optional({ note: answer.note }),
  };
}

/** The time is over: the default answer holds, unless a person answered in this very moment. */
async function expire(
  context: RunContext,
  key: string,
  id: string,
): Promise<{ readonly answer: ApprovalAnswer; readonly isExpired: boolean }> {
  const { desks, settings, clock } = context.services;
  return context.step(`${key}/expiry`, { repeat: 'harmless' }, async () => {
    const standard: ApprovalAnswer = { decision: settings.approvals.onExpiry, by: DEFAULT_BY, note: TOO_LATE };
    const item = await desks.approvals.change(id, (open) =>
      open.status === 'open' ? { ...open, status: 'expired', answer: { ...standard, at: clock.now() } } : open,
    );
    const { decision, by, note } = item.answer ?? standard;
    return { answer: { decision, by, ...optional({ note }) }, isExpired: item.status === 'expired' };
  });
}

function tell(
  context: RunContext,
  id: string,
  {
    decision,
    by,
    note,
  }: Omit<ApprovalAnswer, 'decision'> & { readonly decision: ApprovalAnswer['decision'] | 'expire' },
): void {
  context.events.hold('approval-answer', { approvalId: id, decision, by, ...optional({ note }) });
}

function approvalId(context: RunContext, key: string): string {
  return `approval_${context.task.record.id}.${key.replace('/', '')}`;
}

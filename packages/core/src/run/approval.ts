import { optional, type ApprovalAnswer, type ApprovalRecord, type ToolCallItem } from '@master-orchestrator/contracts';
import type { ReadyCall } from '@master-orchestrator/tools';
import type { RunContext } from './run-context.js';

/** What a person said to a call. */
export interface ApprovalVerdict {
  readonly isApproved: boolean;
  readonly code: 'APPROVAL_DENIED' | 'APPROVAL_EXPIRED';
  readonly note?: string;
}

/** Tools a person approved for the rest of a run: `approve-for-run` holds for further calls of the same tool. */
const approvedForRun = new WeakMap<RunContext, Set<string>>();

/** Puts a call before people, once: the exact arguments and their hash. */
export async function requestApproval(
  context: RunContext,
  key: string,
  call: ToolCallItem,
  prepared: ReadyCall,
): Promise<void> {
  if (approvedForRun.get(context)?.has(prepared.tool.name)) return;
  const { services, task, runId, active } = context;
  await context.step(`${key}/approval`, { repeat: 'harmless' }, async () => {
    const requestedAt = services.clock.now();
    const { approvalExpiryMs } = services.settings;
    const expiresAt = approvalExpiryMs === undefined ? undefined : requestedAt + approvalExpiryMs;
    const record: ApprovalRecord = {
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
      ...optional({ expiresAt }),
    };
    await services.desks.approvals.add(record);
    context.events.emit('approval-request', {
      approvalId: record.id,
      tool: record.tool,
      callId: record.callId,
      arguments: record.arguments,
      argumentsHash: record.argumentsHash,
      ...optional({ expiresAt }),
    });
    return null;
  });
}

/** Waits without a slot until a person has answered. No answer in time counts as a denial. */
export async function waitForApproval(context: RunContext, key: string, prepared: ReadyCall): Promise<ApprovalVerdict> {
  const tool = prepared.tool.name;
  if (approvedForRun.get(context)?.has(tool)) return { isApproved: true, code: 'APPROVAL_DENIED' };
  const { run, services } = context;
  const id = approvalId(context, key);
  const timeoutMs = services.settings.approvalExpiryMs;
  const message = await context.park('approval', () =>
    run.receive(`${key}/answer`, `approval:${id}`, optional({ timeoutMs })),
  );
  if (message === undefined) {
    await expire(context, id);
    return { isApproved: false, code: 'APPROVAL_EXPIRED', note: 'nobody answered in time' };
  }
  const answer = message.body as unknown as ApprovalAnswer & { readonly argumentsHash: string };
  context.events.hold('approval-answer', {
    approvalId: id,
    decision: answer.decision,
    by: answer.by,
    ...optional({ note: answer.note }),
  });
  if (answer.argumentsHash !== prepared.argumentsHash) {
    return { isApproved: false, code: 'APPROVAL_DENIED', note: 'the arguments are not those that were approved' };
  }
  if (answer.decision === 'approve-for-run') {
    const tools = approvedForRun.get(context) ?? new Set();
    approvedForRun.set(context, tools.add(tool));
  }
  return { isApproved: answer.decision !== 'deny', code: 'APPROVAL_DENIED', ...optional({ note: answer.note }) };
}

async function expire(context: RunContext, id: string): Promise<void> {
  context.events.hold('approval-answer', { approvalId: id, decision: 'expire', by: 'system' });
  await context.services.desks.approvals.change(id, (item) =>
    item.status === 'open' ? { ...item, status: 'expired' } : item,
  );
}

function approvalId(context: RunContext, key: string): string {
  return `approval_${context.task.record.id}.${key.replace('/', '')}`;
}

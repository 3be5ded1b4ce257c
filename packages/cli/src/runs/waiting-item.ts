import type { ApprovalRecord, EscalationRecord } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';

/** Something that waits for a person, in the form of lists and `--json`. */
export type WaitingItem =
  | { readonly kind: 'approval'; readonly record: ApprovalRecord }
  | { readonly kind: 'escalation'; readonly record: EscalationRecord };

/** What waits, or all there was, the oldest first. */
export async function waitingItems(
  orchestrator: MasterOrchestrator,
  which: 'open' | 'all' = 'open',
): Promise<WaitingItem[]> {
  const [approvals, escalations] = await Promise.all([
    orchestrator.listApprovals(which),
    orchestrator.listEscalations(which),
  ]);
  const items: WaitingItem[] = [
    ...approvals.map((record) => ({ kind: 'approval', record }) as const),
    ...escalations.map((record) => ({ kind: 'escalation', record }) as const),
  ];
  return items.toSorted((a, b) => a.record.requestedAt - b.record.requestedAt);
}

/** The plain form of an item, for `--json`. */
export function waitingDocument({ kind, record }: WaitingItem): Readonly<Record<string, unknown>> {
  return { kind, ...record };
}

/** What a person is asked, in a few lines. */
export function waitingLines({ kind, record }: WaitingItem): string[] {
  if (kind === 'escalation') return [record.question, `  step  ${record.step}   ${record.error.code}`];
  return [
    `Agent "${record.agentName}" wants to call ${record.tool}: ${record.reason}`,
    `  arguments  ${JSON.stringify(record.arguments)}`,
  ];
}

/** The command that answers it. */
export function answerCommand({ kind, record }: WaitingItem): string {
  return `mao approvals answer ${record.id} ${kind === 'approval' ? '--approve' : '--retry'}`;
}

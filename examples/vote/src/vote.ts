import { runParallel, type ShapeResult } from '@master-orchestrator/factory';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { z } from 'zod';

/** The ballot that every judge fills in. */
export const ballotSchema = z.strictObject({ verdict: z.enum(['approve', 'reject']), reason: z.string() });

/** How a vote ended. */
export interface VoteResult {
  readonly decision: 'approve' | 'reject';
  readonly approve: number;
  readonly reject: number;
  /** Judges that gave no verdict. */ readonly absent: number;
  /** Every judge's task. */ readonly details: ShapeResult;
}

/** What {@link vote} takes. */
export interface VoteOptions {
  /** Agents whose answers fit {@link ballotSchema}. */ readonly judges: readonly string[];
  readonly question: string;
  /** Verdicts needed at least, or there is no decision. @default more than half of the judges */ readonly quorum?: number;
}

/**
 * A vote: all judges at the same time, none sees another's answer. More than half of the verdicts given approve, else it
 * is rejected; a tie rejects.
 *
 * @throws OrchestratorError the first judge's failure where fewer verdicts came than the quorum
 */
export async function vote(
  orchestrator: MasterOrchestrator,
  { judges, question, quorum = Math.floor(judges.length / 2) + 1 }: VoteOptions,
): Promise<VoteResult> {
  const details = await runParallel(orchestrator, { agents: judges, task: question, quorum });
  const ballots = details.steps.flatMap(({ status, output }) =>
    status === 'completed' ? [ballotSchema.parse(output)] : [],
  );
  const approve = ballots.filter(({ verdict }) => verdict === 'approve').length;
  const reject = ballots.length - approve;
  return {
    decision: approve > reject ? 'approve' : 'reject',
    approve,
    reject,
    absent: judges.length - ballots.length,
    details,
  };
}

import type { MasterOrchestrator } from '@master-orchestrator/core';
import { z } from 'zod';

/** What an evaluator answers. */
export const judgementSchema = z.strictObject({
  verdict: z.enum(['pass', 'revise']),
  problems: z.array(z.string()).describe('What has to change, one point each; empty with the verdict pass.'),
});

/** One draft and what was said about it. */
export interface Round {
  readonly draft: string;
  readonly verdict: 'pass' | 'revise';
  readonly problems: readonly string[];
}

/** What {@link improve} takes. */
export interface ImproveOptions {
  /** Writes and rewrites. */ readonly writer: string;
  /** Judges by {@link judgementSchema}. */ readonly evaluator: string;
  readonly task: string;
  /** Drafts at most. @default 3 */ readonly maxRounds?: number;
  /** Hears of every round. */ readonly onRound?: (round: Round) => void;
}

/**
 * Evaluator and optimiser: a draft is judged and written anew with what was missing, until it passes or the rounds are
 * used up. The last draft is the result either way; `isAccepted` says which.
 *
 * @throws OrchestratorError what writing or judging fails with
 */
export async function improve(
  orchestrator: MasterOrchestrator,
  { writer, evaluator, task, maxRounds = 3, onRound }: ImproveOptions,
): Promise<{ readonly text: string; readonly isAccepted: boolean; readonly rounds: readonly Round[] }> {
  const rounds: Round[] = [];
  let wanted = task;
  for (;;) {
    const { text: draft } = await orchestrator.executeTask(
      await orchestrator.createTask({ description: wanted, agentId: writer }),
    );
    const judging = await orchestrator.createTask({
      description: `Check the text "${draft.replaceAll(/\s+/g, ' ').replaceAll('"', "'")}" against the brief.`,
      agentId: evaluator,
      outputSchema: judgementSchema,
    });
    const { output } = await orchestrator.executeTask(judging);
    const round = { draft, ...output };
    rounds.push(round);
    onRound?.(round);
    const isAccepted = round.verdict === 'pass';
    if (isAccepted || rounds.length >= maxRounds) return { text: draft, isAccepted, rounds };
    wanted = `${task}\n${[...new Set(rounds.flatMap(({ problems }) => problems))].join('\n')}`;
  }
}

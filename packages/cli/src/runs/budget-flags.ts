import type { BudgetLimits } from '@master-orchestrator/contracts';

/** Flags that bound what is spent. */
export interface BudgetFlags {
  readonly budgetUsd?: number;
  readonly budgetTokens?: number;
}

/** The bounds that flags set. */
export function budgetOf({ budgetUsd, budgetTokens }: BudgetFlags): BudgetLimits | undefined {
  if (budgetUsd === undefined && budgetTokens === undefined) return undefined;
  return {
    ...(budgetUsd === undefined ? {} : { costUsd: budgetUsd }),
    ...(budgetTokens === undefined ? {} : { tokens: budgetTokens }),
  };
}

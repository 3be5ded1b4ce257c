import type { BudgetFlags } from './budget-flags.js';
import type { UserContextFlags } from './user-context.js';

/** Flags of every command that gives work to agents and waits for it. */
export interface TaskFlags extends BudgetFlags, UserContextFlags {
  readonly team?: string;
  readonly param?: readonly string[];
  readonly yes?: boolean;
  readonly events?: boolean;
  readonly offline?: boolean;
  readonly memory?: boolean;
}

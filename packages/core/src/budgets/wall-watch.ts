import { OrchestratorError, type Clock } from '@master-orchestrator/errors';
import type { BudgetLedger } from './budget-ledger.js';

/**
 * Ends a run as soon as the running time that its budgets allow is used up. Budgets that ask a person at their bound are
 * left to the next model call, which can wait for the answer.
 */
export class WallWatch {
  readonly #ledger: BudgetLedger;
  readonly #id: string;
  readonly #clock: Clock;
  readonly #onUsedUp: (error: OrchestratorError) => void;
  #cancel: (() => void) | undefined;

  constructor(ledger: BudgetLedger, id: string, clock: Clock, onUsedUp: (error: OrchestratorError) => void) {
    this.#ledger = ledger;
    this.#id = id;
    this.#clock = clock;
    this.#onUsedUp = onUsedUp;
  }

  /** Watches from now on. */
  start(): void {
    this.stop();
    const wall = this.#ledger.wallLeft(this.#id);
    if (wall === undefined || wall.asksPerson) return;
    this.#cancel = this.#clock.setTimer(wall.leftMs, () => this.#look());
  }

  /** The run waits or has ended. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** A bound may have been raised meanwhile. */
  #look(): void {
    const wall = this.#ledger.wallLeft(this.#id);
    if (wall === undefined || wall.leftMs > 0) return this.start();
    const { budget, limitMs } = wall;
    this.#onUsedUp(
      new OrchestratorError(
        'BUDGET_LIMIT',
        `Budget "${budget}" allows ${limitMs} ms of running time, and they are used up. Raise its wallMs, or give less to do.`,
        { details: { budget, bound: 'wallMs', limit: limitMs, used: limitMs, wanted: 0 } },
      ),
    );
  }
}

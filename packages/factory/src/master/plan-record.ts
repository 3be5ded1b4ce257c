import type { StateStore } from '@master-orchestrator/contracts';
import { OrchestratorError, type Json } from '@master-orchestrator/errors';
import { z } from 'zod';
import type { ExecutedTask } from './goal.js';

const NAMESPACE = 'plans';

const storedSchema = z.looseObject({ goal: z.string(), approved: z.int().nonnegative() });

/** What is kept of a goal: its plan as executed so far, and how many of its plans were approved. */
export class PlanRecord {
  readonly #state: StateStore;
  readonly #goalId: string;
  readonly #goal: string;
  #approved = 0;
  #approvedBefore = 0;
  #tasks: readonly ExecutedTask[] = [];
  #status = 'planning';
  #writing: Promise<unknown> = Promise.resolve();
  #isStale = false;

  constructor(state: StateStore, goalId: string, goal: string) {
    this.#state = state;
    this.#goalId = goalId;
    this.#goal = goal;
  }

  /** Number of the plan that runs now, from 1; 0 before the first. */
  get planNumber(): number {
    return this.#approved;
  }

  /** True where the next plan was approved in an earlier start. */
  get isNextApproved(): boolean {
    return this.#approved < this.#approvedBefore;
  }

  /** Reads what an earlier start kept. @throws OrchestratorError STATE_CONFLICT where the name belongs to another goal */
  async open(): Promise<void> {
    const row = await this.#state.get(NAMESPACE, this.#goalId);
    const stored = storedSchema.safeParse(row?.value);
    if (!stored.success) return;
    if (stored.data.goal !== this.#goal) {
      throw new OrchestratorError(
        'STATE_CONFLICT',
        `The name "${this.#goalId}" belongs to another goal. Choose another goalId, or give the same words to go on with it.`,
      );
    }
    this.#approvedBefore = stored.data.approved;
  }

  /** Notes that a plan is approved; it is kept before this resolves. */
  async approve(): Promise<void> {
    this.#approved += 1;
    this.write(this.#tasks, 'running');
    await this.#writing;
  }

  /** Notes where the goal stands. Changes that come while one is being written go together. */
  write(tasks: readonly ExecutedTask[], status: string): void {
    this.#tasks = tasks;
    this.#status = status;
    if (this.#isStale) return;
    this.#isStale = true;
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#put());
    // Who waits for the writing hears of a failure; the run itself goes on without the note.
    this.#writing.catch(() => undefined);
  }

  /** Notes the end; it is kept before this resolves. */
  async finish(tasks: readonly ExecutedTask[], status: string): Promise<void> {
    this.write(tasks, status);
    await this.#writing;
  }

  async #put(): Promise<void> {
    this.#isStale = false;
    const approved = Math.max(this.#approved, this.#approvedBefore);
    const record = { id: this.#goalId, goal: this.#goal, status: this.#status, approved, tasks: this.#tasks };
    await this.#state.put(NAMESPACE, this.#goalId, record as unknown as Json);
  }
}

import type { OrchestratorError } from '@master-orchestrator/errors';
import { setImmediate } from 'node:timers';

/** How a run asks for and gives back its slot. */
export interface SlotOwner {
  /** Takes the slot from a run that only waits; `due`: one of its waits is over, so it keeps it. */
  park(): Promise<'parked' | 'due' | 'lost'>;
  /** Puts the run in line; `granted` follows. */ requeue(): Promise<void>;
  /** Looks at every open wait. */ lookAtWaits(): void;
  /** The run only waits while its process drains. */ giveBack(): void;
  /** Slot taken, or given back. */ held(isHeld: boolean): void;
}

/** Whether a run holds a slot: while code or a step body runs it does, while all it does is wait it does not. */
export class RunSlot {
  isDraining = false;
  #state: 'held' | 'parking' | 'none' | 'queued' = 'none';
  #busy = 0;
  #waits = 0;
  #isChecking = false;
  #closedBy: OrchestratorError | undefined;
  readonly #owner: SlotOwner;
  readonly #line: { resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(owner: SlotOwner) {
    this.#owner = owner;
  }

  get isHeld(): boolean {
    return this.#state === 'held';
  }

  /** True while the slot counts as taken. */
  get isCounted(): boolean {
    return this.#state === 'held' || this.#state === 'parking';
  }

  /** True while no step body runs and the run waits. */
  get isIdle(): boolean {
    return this.#busy === 0 && (this.#waits > 0 || !this.isHeld);
  }

  /** Hands over the slot: at the start, and after a wait. */
  grant(): void {
    this.#state = 'held';
    this.#owner.held(true);
    for (const waiter of this.#line.splice(0)) waiter.resolve();
  }

  /** Nothing is handed over any more; those who wait for a slot are refused. */
  close(error: OrchestratorError): void {
    this.#closedBy = error;
    for (const waiter of this.#line.splice(0)) waiter.reject(error);
  }

  /** Waits until the slot is there. */
  async acquire(): Promise<void> {
    if (this.#state === 'held') return;
    if (this.#closedBy !== undefined) throw this.#closedBy;
    await new Promise<void>((resolve, reject) => {
      this.#line.push({ resolve, reject });
      this.#askForSlot();
    });
  }

  beginStep(): void {
    this.#busy += 1;
  }

  endStep(): void {
    this.#busy -= 1;
    if (this.#waits > 0 || this.isDraining) this.#check();
  }

  beginWait(): void {
    this.#waits += 1;
    this.#check();
  }

  endWait(): void {
    this.#waits -= 1;
    if (this.#waits > 0) this.#check();
  }

  #askForSlot(): void {
    if (this.#state !== 'none' || this.#line.length === 0) return;
    this.#state = 'queued';
    // A refusal reaches the waiters through `close`.
    this.#owner.requeue().catch(() => {});
  }

  /** Looks in the next turn of the event loop, when all that was ready has run, whether there is only waiting left. */
  #check(): void {
    if (this.#isChecking) return;
    this.#isChecking = true;
    setImmediate(() => {
      this.#isChecking = false;
      if (this.#busy > 0 || this.#waits === 0 || this.#state !== 'held' || this.#closedBy !== undefined) return;
      if (this.isDraining) this.#owner.giveBack();
      else void this.#park();
    });
  }

  async #park(): Promise<void> {
    this.#state = 'parking';
    const outcome = await this.#owner.park().catch(() => 'lost' as const);
    if (outcome === 'parked') {
      this.#state = 'none';
      this.#owner.held(false);
      this.#askForSlot();
      return;
    }
    this.#state = 'held';
    for (const waiter of this.#line.splice(0)) waiter.resolve();
    if (outcome === 'due') this.#owner.lookAtWaits();
  }
}

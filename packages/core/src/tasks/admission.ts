import type { TaskEngine, TaskSpec } from '@master-orchestrator/contracts';
import { OrchestratorError, sleep, type Clock, type Random } from '@master-orchestrator/errors';

const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 1_000;

/** What an {@link Admission} needs. */
export interface AdmissionParts {
  readonly engine: Pick<TaskEngine, 'submit'>;
  readonly clock: Clock;
  readonly random: Random;
  /** True: a caller waits for room in a full queue. False: it is refused. */ readonly waitsForRoom: boolean;
  /** Ends the wait for room. */ readonly closing: AbortSignal;
}

/** Hands tasks to the engine; where the queue is full, callers wait in a line of their own. */
export class Admission {
  readonly #parts: AdmissionParts;
  #line: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** @throws OrchestratorError QUEUE_FULL where callers do not wait; ORCHESTRATOR_CLOSED where it ends meanwhile */
  async submit(spec: TaskSpec): Promise<void> {
    if (this.#waiting === 0 && (await this.#isTaken(spec))) return;
    this.#waiting += 1;
    const turn = this.#line.then(() => this.#untilTaken(spec));
    this.#line = turn.catch(() => undefined);
    await turn.finally(() => (this.#waiting -= 1));
  }

  async #untilTaken(spec: TaskSpec): Promise<void> {
    const { clock, random, closing } = this.#parts;
    for (let waitMs = FIRST_WAIT_MS; !(await this.#isTaken(spec)); waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
      await sleep(clock, waitMs * (0.5 + random() / 2), closing).catch(() => undefined);
      if (!closing.aborted) continue;
      const message = `Task "${spec.id}" was waiting for room in the queue when the orchestrator was shut down. Queue it again.`;
      throw new OrchestratorError('ORCHESTRATOR_CLOSED', message);
    }
  }

  /** False where there is no room and the caller waits for it. */
  async #isTaken(spec: TaskSpec): Promise<boolean> {
    try {
      await this.#parts.engine.submit([spec]);
      return true;
    } catch (error) {
      if (this.#parts.waitsForRoom && OrchestratorError.isInstance(error) && error.code === 'QUEUE_FULL') return false;
      throw error;
    }
  }
}

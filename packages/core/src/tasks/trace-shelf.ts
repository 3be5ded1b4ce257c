import type { ModelItem, StateStore } from '@master-orchestrator/contracts';
import type { Json, SerializedError } from '@master-orchestrator/errors';

/** What a failed run leaves for its dead letter. */
export interface FailedTrace {
  /** Failures of its steps, the newest last. */ readonly errors: readonly SerializedError[];
  /** The conversation so far. */ readonly items: readonly ModelItem[];
}

const NAMESPACE = 'failed-runs';

/** Keeps what a failed run leaves until its dead letter is written, which another process may do. */
export class TraceShelf {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** Keeps a trace; an earlier one of the same task is replaced. */
  async keep(taskId: string, { errors, items }: FailedTrace): Promise<void> {
    const transcript = items.length === 0 ? null : await this.#state.putBlob(Buffer.from(JSON.stringify(items)));
    await this.#state.put(NAMESPACE, taskId, { errors, transcript } as unknown as Json);
  }

  /** Gives a trace away: the failures, and the hash of the conversation in the blob store. */
  async take(
    taskId: string,
  ): Promise<{ readonly errors: readonly SerializedError[]; readonly transcript?: string } | undefined> {
    const row = await this.#state.get(NAMESPACE, taskId);
    if (row === undefined) return undefined;
    const { errors, transcript } = row.value as unknown as {
      readonly errors: readonly SerializedError[];
      readonly transcript: string | null;
    };
    return { errors, ...(transcript === null ? {} : { transcript }) };
  }

  /** Throws a trace away. */
  async drop(taskId: string): Promise<void> {
    await this.#state.delete(NAMESPACE, taskId);
  }

  /** A conversation by its hash; nothing where the store has it no more. */
  async read(hash: string): Promise<readonly ModelItem[] | undefined> {
    const bytes = await this.#state.getBlob(hash);
    return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as readonly ModelItem[]);
  }
}

import type { MessageItem } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import type { ExpiringRows } from '../expiring-rows.js';
import type { ResponseObject } from './response-object.js';

/** A response as it is kept: what it added to the conversation, and what it answered. */
export interface StoredResponse {
  readonly previousId: string | null;
  readonly messages: readonly MessageItem[];
  readonly response: ResponseObject;
}

/** How long a response is kept, in milliseconds: 30 days. */
const KEEP_MS = 2_592_000_000;
/** Turns of one conversation that are followed back. */
const LONGEST_CHAIN = 1_000;

/** Responses that later ones may go on from. */
export class ResponseBook {
  readonly #rows: ExpiringRows<StoredResponse>;

  constructor(rows: ExpiringRows<StoredResponse>) {
    this.#rows = rows;
  }

  /** Keeps a response. */
  async keep(stored: StoredResponse): Promise<void> {
    await this.#rows.put(stored.response.id, stored, KEEP_MS);
  }

  /** @throws OrchestratorError NOT_FOUND */
  async get(id: string): Promise<ResponseObject> {
    return (await this.#find(id)).response;
  }

  /** Forgets a response; those that go on from it cannot be gone on from any more. @throws OrchestratorError NOT_FOUND */
  async delete(id: string): Promise<void> {
    if (!(await this.#rows.delete(id))) throw unknown(id);
  }

  /** The conversation that ends with a response, oldest message first. @throws OrchestratorError NOT_FOUND */
  async conversation(id: string): Promise<MessageItem[]> {
    const turns: MessageItem[][] = [];
    let next: string | null = id;
    while (next !== null && turns.length < LONGEST_CHAIN) {
      const { messages, response, previousId }: StoredResponse = await this.#find(next);
      turns.push([...messages, { type: 'message', role: 'assistant', content: textOf(response) }]);
      next = previousId;
    }
    return turns.toReversed().flat();
  }

  async #find(id: string): Promise<StoredResponse> {
    const found = await this.#rows.get(id);
    if (found === undefined) throw unknown(id);
    return found.value;
  }
}

function textOf({ output }: ResponseObject): string {
  return output.flatMap(({ content }) => content.map(({ text }) => text)).join('');
}

function unknown(id: string): OrchestratorError {
  const message = `There is no response "${id.slice(0, 128)}": it was not stored, or is older than 30 days.`;
  return new OrchestratorError('NOT_FOUND', message);
}

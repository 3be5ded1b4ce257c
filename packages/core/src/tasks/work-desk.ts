import type { StateStore } from '@master-orchestrator/contracts';
import { OrchestratorError, type Json } from '@master-orchestrator/errors';

/** Something that waits for a person, or is kept for one. */
interface WorkItem {
  readonly id: string;
  readonly status: string;
}

/** Keeps work items of one kind in the shared state, so that any process and any restart sees them. */
export class WorkDesk<Item extends WorkItem> {
  readonly #state: StateStore;
  readonly #namespace: string;

  /** @param namespace - Where the items live, for example `approvals`. */
  constructor(state: StateStore, namespace: string) {
    this.#state = state;
    this.#namespace = namespace;
  }

  /** Adds an item; one that is there already stays as it is. Returns true where it was new. */
  async add(item: Item): Promise<boolean> {
    return (await this.#state.put(this.#namespace, item.id, item as unknown as Json, { ifVersion: 0 })) !== 'conflict';
  }

  /** @throws OrchestratorError NOT_FOUND */
  async get(id: string): Promise<Item> {
    return (await this.#row(id)).item;
  }

  /** All items, or those with this status, by id. */
  async list(status?: Item['status']): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#state.scan(this.#namespace, '', cursor);
      for (const row of page.items) {
        const item = row.value as unknown as Item;
        if (status === undefined || item.status === status) items.push(item);
      }
      cursor = page.next;
    } while (cursor !== undefined);
    return items;
  }

  /**
   * Changes an item once; of several writers at the same time one wins.
   *
   * @param change - Makes the new item from the present one, or throws where that is not possible.
   * @throws OrchestratorError NOT_FOUND
   */
  async change(id: string, change: (item: Item) => Item): Promise<Item> {
    for (;;) {
      const { item, version } = await this.#row(id);
      const next = change(item);
      const written = await this.#state.put(this.#namespace, id, next as unknown as Json, { ifVersion: version });
      if (written !== 'conflict') return next;
    }
  }

  async #row(id: string): Promise<{ item: Item; version: number }> {
    const row = await this.#state.get(this.#namespace, id);
    if (row === undefined)
      throw new OrchestratorError('NOT_FOUND', `There is no "${id}" among the ${this.#namespace}.`);
    return { item: row.value as unknown as Item, version: row.version };
  }
}

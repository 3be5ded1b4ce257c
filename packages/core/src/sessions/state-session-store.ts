import type { ModelItem, SessionRecord, SessionStore, StateStore } from '@master-orchestrator/contracts';
import type { Clock, Json } from '@master-orchestrator/errors';

const NAMESPACE = 'sessions';

/** Keeps conversations in the engine's shared state: durable where the engine is. */
export class StateSessionStore implements SessionStore {
  readonly #state: StateStore;
  readonly #clock: Clock;

  constructor(state: StateStore, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  async load(id: string): Promise<SessionRecord | undefined> {
    const row = await this.#state.get(NAMESPACE, id);
    if (row === undefined) return undefined;
    return { ...(row.value as unknown as Omit<SessionRecord, 'version'>), version: row.version };
  }

  async append(
    id: string,
    items: readonly ModelItem[],
    options: { readonly ifVersion?: number } = {},
  ): Promise<number | 'conflict'> {
    for (;;) {
      const present = await this.load(id);
      const version = present?.version ?? 0;
      if (options.ifVersion !== undefined && options.ifVersion !== version) return 'conflict';
      const written = await this.#write(id, [...(present?.items ?? []), ...items], version);
      if (written !== 'conflict') return written;
    }
  }

  async replace(
    id: string,
    items: readonly ModelItem[],
    options: { readonly ifVersion?: number } = {},
  ): Promise<number | 'conflict'> {
    return this.#write(id, items, options.ifVersion);
  }

  async delete(id: string): Promise<boolean> {
    return (await this.#state.delete(NAMESPACE, id)) === true;
  }

  #write(id: string, items: readonly ModelItem[], ifVersion: number | undefined): Promise<number | 'conflict'> {
    const value = { id, items, updatedAt: this.#clock.now() } as unknown as Json;
    return this.#state.put(NAMESPACE, id, value, ifVersion === undefined ? {} : { ifVersion });
  }
}

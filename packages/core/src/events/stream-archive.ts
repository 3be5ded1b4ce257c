import type { OrchestratorEvent, StateStore } from '@master-orchestrator/contracts';
import type { Clock, Json } from '@master-orchestrator/errors';

const NAMESPACE = 'run-events';
/** How long events of a run that left its buffer can be read, in milliseconds. */
const KEPT_MS = 86_400_000;
const DIGITS = 16;

interface Page {
  readonly from: number;
  readonly events: readonly OrchestratorEvent[];
  readonly key: string;
  /** Until it is written, it is read from here. */ isWritten: boolean;
}

/**
 * Keeps events of one run that left its buffer in the shared state of a durable engine, page by page, for a day. Only
 * runs with more events than the buffer holds ever write here.
 */
export class StreamArchive {
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #runKey: () => string;
  #pages: (Page | Omit<Page, 'events'>)[] = [];
  #hasSwept = false;

  /** @param runKey - Part of the keys of this run's pages; asked for with the first page. */
  constructor(state: StateStore, clock: Clock, runKey: () => string) {
    this.#state = state;
    this.#clock = clock;
    this.#runKey = runKey;
  }

  /** Takes events from a position on. What cannot be written stays in memory. */
  keep(from: number, events: readonly OrchestratorEvent[]): void {
    const now = String(this.#clock.now()).padStart(DIGITS, '0');
    const key = `${now}/${this.#runKey()}/${String(from).padStart(DIGITS, '0')}`;
    const page: Page = { from, events, key, isWritten: false };
    const index = this.#pages.push(page) - 1;
    this.#state.put(NAMESPACE, key, events as unknown as Json).then(
      () => (this.#pages[index] = { from, key, isWritten: true }),
      () => undefined,
    );
    if (this.#hasSwept) return;
    this.#hasSwept = true;
    this.#sweep().catch(() => undefined);
  }

  /** Events from a position on, as many as its page has; none where the page is gone. */
  async read(position: number): Promise<readonly OrchestratorEvent[]> {
    const page = this.#pages.findLast(({ from }) => from <= position);
    if (page === undefined) return [];
    const events = 'events' in page ? page.events : await this.#load(page.key);
    return events.slice(position - page.from);
  }

  async #load(key: string): Promise<readonly OrchestratorEvent[]> {
    const row = await this.#state.get(NAMESPACE, key).catch(() => undefined);
    return (row?.value ?? []) as unknown as readonly OrchestratorEvent[];
  }

  /** Removes pages whose day is over, of whatever run and process. */
  async #sweep(): Promise<void> {
    const limit = String(this.#clock.now() - KEPT_MS).padStart(DIGITS, '0');
    for (;;) {
      const { items } = await this.#state.scan(NAMESPACE, '', undefined, 100);
      const old = items.filter(({ key }) => key < limit);
      for (const { key } of old) await this.#state.delete(NAMESPACE, key);
      if (old.length < items.length || items.length === 0) return;
    }
  }
}

import type { Logger, StateStore } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import type { ToolDecision } from '../tool-grant.js';

/** Name of the log in the state store. A record is a list of decisions in their order. */
const LOG = 'tool-decisions';
const BATCH = 100;
const RECORDS_AT_ONCE = 50;
const PAGE = 100;
const MOST = 1_000;

/** Which decisions to read; given fields must all match. */
export interface DecisionQuery {
  readonly agentId?: string;
  readonly tool?: string;
  readonly decision?: 'allow' | 'deny';
  /** Where the last page ended. */ readonly cursor?: string;
  /** @default 100, at most 1_000 */ readonly limit?: number;
}

/** One page of decisions, oldest first. */
export interface DecisionPage {
  readonly items: readonly ToolDecision[];
  /** Absent on the last page. */ readonly next?: string;
}

/**
 * Append-only log. The last decisions are kept in memory; with a state store every one is written there, in batches
 * that form while the write before is under way, so that no call waits for it.
 */
export class DecisionLog {
  readonly #recent: ToolDecision[] = [];
  #dropped = 0;
  #unwritten: ToolDecision[] = [];
  #lost = 0;
  #writing: Promise<void> | undefined;

  constructor(
    readonly maxInMemory: number,
    readonly state: StateStore | undefined,
    readonly logger: Logger,
  ) {}

  add(decision: ToolDecision): void {
    this.#recent.push(decision);
    if (this.#recent.length >= 2 * this.maxInMemory) {
      this.#dropped += this.maxInMemory;
      this.#recent.splice(0, this.maxInMemory);
    }
    if (this.state === undefined) return;
    if (this.#unwritten.length < this.maxInMemory) this.#unwritten.push(decision);
    else this.#lost += 1;
    this.#writing ??= this.#write();
  }

  /** Resolves when everything added so far is in the store. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#unwritten.length > 0) {
      this.#writing = this.#write();
      await this.#writing;
    }
  }

  async read(query: DecisionQuery): Promise<DecisionPage> {
    if (this.state === undefined) return this.#readMemory(query);
    await this.flush();
    return this.#readState(query, this.state);
  }

  async #write(): Promise<void> {
    await Promise.resolve(); // decisions of the same turn go together
    while (this.#unwritten.length > 0) {
      const batch = this.#unwritten.splice(0, BATCH);
      try {
        await this.state?.append(LOG, batch as unknown as Json);
      } catch (error) {
        this.#unwritten.unshift(...batch);
        const fields = { error, unwritten: this.#unwritten.length, lost: this.#lost };
        this.logger.error(fields, 'tool decisions could not be written; they are kept for the next try');
        break;
      }
    }
    this.#writing = undefined;
  }

  #readMemory(query: DecisionQuery): DecisionPage {
    const limit = pageSize(query);
    const items: ToolDecision[] = [];
    let position = Math.max(0, Number(query.cursor ?? '0') - this.#dropped);
    for (; position < this.#recent.length && items.length < limit; position += 1) {
      const decision = this.#recent[position] as ToolDecision;
      if (isWanted(decision, query)) items.push(decision);
    }
    return position < this.#recent.length ? { items, next: String(position + this.#dropped) } : { items };
  }

  async #readState(query: DecisionQuery, state: StateStore): Promise<DecisionPage> {
    const limit = pageSize(query);
    const items: ToolDecision[] = [];
    // A cursor is the store's cursor of a page of records, and how many decisions of that page have been read.
    let [cursor, skip] = readCursor(query.cursor);
    for (;;) {
      const page = await state.scan(LOG, '', cursor, RECORDS_AT_ONCE);
      const decisions = page.items.flatMap((record) => record.value as unknown as readonly ToolDecision[]);
      for (let index = skip; index < decisions.length; index += 1) {
        const decision = decisions[index] as ToolDecision;
        if (isWanted(decision, query)) items.push(decision);
        if (items.length < limit) continue;
        const hasMore = index + 1 < decisions.length || page.next !== undefined;
        return hasMore ? { items, next: writeCursor(cursor, index + 1) } : { items };
      }
      if (page.next === undefined) return { items };
      cursor = page.next;
      skip = 0;
    }
  }
}

function pageSize(query: DecisionQuery): number {
  return Math.min(MOST, Math.max(1, query.limit ?? PAGE));
}

function isWanted(decision: ToolDecision, query: DecisionQuery): boolean {
  if (query.agentId !== undefined && decision.agentId !== query.agentId) return false;
  if (query.tool !== undefined && decision.tool !== query.tool) return false;
  return query.decision === undefined || decision.decision === query.decision;
}

function readCursor(text: string | undefined): [string | undefined, number] {
  if (text === undefined) return [undefined, 0];
  const split = text.indexOf(':');
  const skip = Number(text.slice(0, split));
  const cursor = text.slice(split + 1);
  return [cursor === '' ? undefined : cursor, Number.isInteger(skip) && skip >= 0 ? skip : 0];
}

function writeCursor(cursor: string | undefined, skip: number): string {
  return `${skip}:${cursor ?? ''}`;
}

import type { EpochMs, StepView } from '@master-orchestrator/contracts';
import type { SerializedError } from '@master-orchestrator/errors';
import { MOST_STEPS, type StepRow } from '../tasks/rows.js';

/** What a journal entry is the result of. */
export type StepKind = 'step' | 'receive' | 'sleep' | 'spawn' | 'join' | 'now' | 'random';

/** One outcome of one key. A key has several when it failed before. */
export interface StepEntry {
  readonly key: string;
  readonly kind: StepKind;
  state: StepView['state'];
  /** Order of the calls. */ readonly ordinal: number;
  readonly startedAt: EpochMs;
  endedAt?: EpochMs;
  delivery: number;
  value?: unknown;
  error?: SerializedError;
  /** A person allowed the repeat of a step whose end is not known. */ isRepeatAllowed?: boolean;
  /** Failures of the same key before this outcome. */ earlier?: StepEntry[];
}

/** The steps of one task: what a later delivery need not do again. */
export class Journal {
  readonly #entries = new Map<string, StepEntry>();
  #ordinal = 0;

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): StepEntry | undefined {
    return this.#entries.get(key);
  }

  nextOrdinal(): number {
    return this.#ordinal++;
  }

  /** Keeps an outcome; a failure of the same key before it stays known. */
  set(entry: StepEntry): void {
    const before = this.#entries.get(entry.key);
    if (before?.state === 'failed' && before !== entry) {
      entry.earlier = [...(before.earlier ?? []), before];
      delete before.earlier;
    }
    this.#entries.set(entry.key, entry);
  }

  /** Every outcome in order of the calls. */
  outcomes(): StepEntry[] {
    const all: StepEntry[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.earlier !== undefined) all.push(...entry.earlier);
      all.push(entry);
    }
    return all.sort((left, right) => left.ordinal - right.ordinal);
  }

  /** The journal that the rows of a task hold. */
  static fromRows(rows: readonly StepRow[]): Journal {
    const journal = new Journal();
    for (const row of rows) {
      journal.set(entryOf(row));
      journal.#ordinal = (row.id % MOST_STEPS) + 1;
    }
    return journal;
  }
}

/** The outcomes of earlier deliveries that this delivery has yet to ask for. */
export class Replay {
  readonly #left = new Map<string, StepEntry[]>();
  #count = 0;

  constructor(journal: Journal) {
    for (const entry of journal.outcomes()) {
      if (entry.state === 'intended') continue;
      const ofKey = this.#left.get(entry.key);
      if (ofKey === undefined) this.#left.set(entry.key, [entry]);
      else ofKey.push(entry);
      this.#count += 1;
    }
  }

  /** Outcomes nobody has asked for yet. */
  get left(): number {
    return this.#count;
  }

  /** A key nobody has asked for yet. */
  get nextKey(): string | undefined {
    return this.#left.keys().next().value;
  }

  /** The outcome that the next call of this key had. */
  take(key: string): StepEntry | undefined {
    const ofKey = this.#left.get(key);
    const entry = ofKey?.shift();
    if (entry === undefined) return undefined;
    if (ofKey?.length === 0) this.#left.delete(key);
    this.#count -= 1;
    return entry;
  }
}

function entryOf(row: StepRow): StepEntry {
  return {
    key: row.key,
    kind: row.kind as StepKind,
    state: row.state,
    ordinal: row.id % MOST_STEPS,
    startedAt: row.started_at,
    delivery: row.delivery,
    isRepeatAllowed: row.is_repeat_allowed === 1,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.value === null ? {} : { value: JSON.parse(row.value) as unknown }),
    ...(row.error === null ? {} : { error: JSON.parse(row.error) as SerializedError }),
  };
}

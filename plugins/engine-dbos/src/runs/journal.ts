import type { EpochMs, StepView } from '@master-orchestrator/contracts';
import type { SerializedError } from '@master-orchestrator/errors';
import { splitName, type OpenRow, type Outcome, type OutcomeRow } from './journal-rows.js';
import type { StepKind } from './step-kind.js';

/** One outcome of one key. A key has several when it failed before. */
export interface StepEntry {
  readonly key: string;
  readonly kind: StepKind;
  state: StepView['state'];
  /** Order of the calls. */ readonly ordinal: number;
  readonly startedAt: EpochMs;
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

  /** Outcomes that a key has had. */
  countOf(key: string): number {
    const entry = this.#entries.get(key);
    if (entry === undefined) return 0;
    return (entry.earlier?.length ?? 0) + (entry.state === 'intended' ? 0 : 1);
  }

  /** Keeps an outcome; a failure of the same key before it stays known. */
  set(entry: StepEntry): void {
    const before = this.#entries.get(entry.key);
    if (before !== undefined && before !== entry) {
      const earlier = before.state === 'failed' ? [...(before.earlier ?? []), before] : before.earlier;
      delete before.earlier;
      if (earlier !== undefined) entry.earlier = earlier;
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

  /** The journal that earlier deliveries of a task left. */
  static fromRows(outcomes: readonly OutcomeRow[], open: readonly OpenRow[]): Journal {
    const journal = new Journal();
    for (const row of outcomes) journal.set(entryOf(row, journal.nextOrdinal()));
    for (const row of open) {
      // An intent whose step has an outcome is done with; a wait begins anew, for it waits in its process.
      if (row.kind !== 'step' || journal.countOf(row.key) > row.attempt) continue;
      const { key, kind, started_at: startedAt, is_repeat_allowed: isRepeatAllowed } = row;
      journal.set({ key, kind, state: 'intended', ordinal: journal.nextOrdinal(), startedAt, isRepeatAllowed });
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

function entryOf(row: OutcomeRow, ordinal: number): StepEntry {
  const { key, kind } = splitName(row.name);
  const { v, e } = JSON.parse(row.outcome) as Outcome;
  return {
    key,
    kind,
    ordinal,
    state: e === undefined ? 'done' : 'failed',
    startedAt: row.started_at,
    ...(e === undefined ? { value: v ?? null } : { error: e }),
  };
}

import type { ToolEntry } from './tool-entry.js';

/** Tools by name, as they were from one exchange to the next. */
interface Generation {
  readonly entries: Map<string, ToolEntry>;
  /** Runs and calls that began with it and have not ended. */ holders: number;
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/** Entries by name, for reading. */
export type ShelfView = ReadonlyMap<string, ToolEntry>;

/**
 * Holds the tools, in generations: an exchange begins a new one, and a run goes on with the one it began with. A
 * generation that no run holds any more is forgotten, and with it the tools that only it had.
 */
export class ToolShelf {
  #current = newGeneration(new Map());
  readonly #older = new Set<Generation>();
  readonly #runs = new Map<string, { readonly generation: Generation; begun: number }>();

  /** The tools as they are now. */
  get current(): ShelfView {
    return this.#current.entries;
  }

  /** The tools as a run sees them: those of its beginning, or the present ones where it did not say that it began. */
  of(runId: string): ShelfView {
    return (this.#runs.get(runId)?.generation ?? this.#current).entries;
  }

  /** True where somebody may still run it: it is registered, or a run that began when it was goes on. */
  has(entry: ToolEntry): boolean {
    const { name } = entry.tool;
    if (this.#current.entries.get(name) === entry) return true;
    for (const { entries } of this.#older) if (entries.get(name) === entry) return true;
    return false;
  }

  /** Adds a tool, for every run. */
  add(entry: ToolEntry): void {
    this.#current.entries.set(entry.tool.name, entry);
    for (const { entries } of this.#older) if (!entries.has(entry.tool.name)) entries.set(entry.tool.name, entry);
  }

  /** Takes a tool away, from every run. */
  delete(name: string): void {
    this.#current.entries.delete(name);
    for (const { entries } of this.#older) entries.delete(name);
  }

  /**
   * Exchanges tools for the runs that begin from now on. A tool of the same name takes the place of the old one.
   *
   * @returns when every run that began before has ended
   */
  exchange(removed: ReadonlySet<string>, added: readonly ToolEntry[]): Promise<void> {
    const waiting = new Map(added.map((entry) => [entry.tool.name, entry]));
    const entries = new Map<string, ToolEntry>();
    for (const [name, entry] of this.#current.entries) {
      const next = removed.has(name) ? waiting.get(name) : entry;
      if (next !== undefined) entries.set(name, next);
      waiting.delete(name);
    }
    for (const [name, entry] of waiting) entries.set(name, entry);
    if (this.#current.holders > 0) this.#older.add(this.#current);
    this.#current = newGeneration(entries);
    return Promise.all([...this.#older].map(({ ended }) => ended)).then(() => undefined);
  }

  /** A run begins, or begins again while it goes on. */
  begin(runId: string): void {
    const known = this.#runs.get(runId);
    if (known === undefined) {
      this.#runs.set(runId, { generation: this.#current, begun: 1 });
      this.#current.holders += 1;
    } else known.begun += 1;
  }

  /** A run ends. */
  end(runId: string): void {
    const known = this.#runs.get(runId);
    if (known === undefined || --known.begun > 0) return;
    this.#runs.delete(runId);
    this.#release(known.generation);
  }

  /** Holds the present generation for one call; give it back with the function returned, once. */
  hold(): () => void {
    const generation = this.#current;
    generation.holders += 1;
    return () => this.#release(generation);
  }

  #release(generation: Generation): void {
    generation.holders -= 1;
    if (generation.holders > 0 || !this.#older.delete(generation)) return;
    generation.end();
  }
}

function newGeneration(entries: Map<string, ToolEntry>): Generation {
  let end: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { entries, holders: 0, ended, end: () => end?.() };
}

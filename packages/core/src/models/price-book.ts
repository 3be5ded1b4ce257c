import type { ModelPrice, ModelUsage, PriceTable } from '@master-orchestrator/contracts';
import type { ModelTarget } from './model-registry.js';

/** Knows what a model costs. Tables registered later win. */
export class PriceBook {
  #tables: readonly PriceTable[] = [];
  readonly #exact = new Map<string, ModelPrice>();
  readonly #prefixes: [string, ModelPrice][] = [];
  readonly #found = new Map<string, ModelPrice | null>();

  /** Adds a table; its rows replace earlier ones of the same name. */
  add(table: PriceTable): void {
    this.#tables = [...this.#tables, table];
    this.#read(table);
  }

  /** Takes tables away and adds others; what the remaining tables say of a model holds again. */
  exchange(removed: readonly PriceTable[], added: readonly PriceTable[]): void {
    this.#tables = [...this.#tables.filter((table) => !removed.includes(table)), ...added];
    this.#exact.clear();
    this.#prefixes.length = 0;
    this.#found.clear();
    for (const table of this.#tables) this.#read(table);
  }

  #read(table: PriceTable): void {
    for (const [name, price] of Object.entries(table.prices)) {
      if (!name.endsWith('*')) {
        this.#exact.set(name, price);
        continue;
      }
      const prefix = name.slice(0, -1);
      const at = this.#prefixes.findIndex(([known]) => known === prefix);
      if (at >= 0) this.#prefixes.splice(at, 1);
      this.#prefixes.push([prefix, price]);
    }
    this.#prefixes.sort(([a], [b]) => b.length - a.length);
    this.#found.clear();
  }

  /** Price of a model, or `undefined` where it is unknown. */
  priceOf(target: Pick<ModelTarget, 'label' | 'model'>): ModelPrice | undefined {
    const kept = this.#found.get(target.label);
    if (kept !== undefined) return kept ?? undefined;
    const price =
      this.#exact.get(target.label) ??
      this.#exact.get(target.model) ??
      this.#prefixes.find(([prefix]) => target.label.startsWith(prefix) || target.model.startsWith(prefix))?.[1];
    this.#found.set(target.label, price ?? null);
    return price;
  }

  /** Cost of a usage in US dollars, or `undefined` where the model's price is unknown. */
  costOf(target: Pick<ModelTarget, 'label' | 'model'>, usage: ModelUsage): number | undefined {
    const price = this.priceOf(target);
    return price === undefined ? undefined : costOf(price, usage);
  }
}

/** Cost of a usage at a price, in US dollars. */
export function costOf(price: ModelPrice, usage: ModelUsage): number {
  const fresh = usage.inputTokens - usage.cachedInputTokens;
  const cachedPrice = price.cachedInputPerMillion ?? price.inputPerMillion;
  return (
    (fresh * price.inputPerMillion +
      usage.cachedInputTokens * cachedPrice +
      usage.outputTokens * price.outputPerMillion) /
    1e6
  );
}

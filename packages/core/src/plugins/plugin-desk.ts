import type { PluginV1 } from '@master-orchestrator/contracts';
import { classify } from '@master-orchestrator/errors';
import type { ToolRegistry } from '@master-orchestrator/tools';
import type { ModelRegistry } from '../models/model-registry.js';
import type { PriceBook } from '../models/price-book.js';
import type { PluginRegistry, PluginView } from './plugin-registry.js';

/** Collaborators of a {@link PluginDesk}. */
export interface PluginDeskParts {
  readonly plugins: PluginRegistry;
  readonly tools: ToolRegistry;
  readonly models: ModelRegistry;
  readonly prices: PriceBook;
}

/**
 * Adds, removes and replaces plugins while runs go on. One change at a time: all checks, then `setup` of the new plugin,
 * then the switch in one go, and `dispose` of the old plugin once the runs that began before have ended.
 */
export class PluginDesk {
  readonly #parts: PluginDeskParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: PluginDeskParts) {
    this.#parts = parts;
  }

  add(given: PluginV1): Promise<PluginView> {
    return this.#inTurn(() => this.#join(given, false));
  }

  replace(given: PluginV1): Promise<PluginView> {
    return this.#inTurn(() => this.#join(given, true));
  }

  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const { plugins } = this.#parts;
      const old = plugins.checkLeave(name);
      const ended = this.#exchange(name, old, undefined);
      plugins.leave(name);
      plugins.retire(old, ended);
    });
  }

  async #join(given: PluginV1, isReplacement: boolean): Promise<PluginView> {
    const { plugins, tools } = this.#parts;
    const plugin = plugins.checkJoin(given, isReplacement);
    tools.checkExchange(plugin.name, plugin.contributes.tools ?? []);
    await plugins.open(plugin);
    const old = isReplacement ? plugins.get(plugin.name) : undefined;
    try {
      const ended = this.#exchange(plugin.name, old, plugin);
      const view = plugins.join(plugin);
      if (old !== undefined) plugins.retire(old, ended);
      return view;
    } catch (cause) {
      const error = classify(cause); // the app took a name while setup ran
      await plugins.abandon(plugin, error);
      throw error;
    }
  }

  /** @returns when nothing uses what was taken away */
  #exchange(name: string, old: PluginV1 | undefined, next: PluginV1 | undefined): Promise<void> {
    const { tools, models, prices } = this.#parts;
    const { ended } = tools.exchangeTools(name, next?.contributes.tools ?? [], next?.permissions);
    models.exchange(old?.contributes.models ?? [], next?.contributes.models ?? []);
    prices.exchange(old?.contributes.priceTables ?? [], next?.contributes.priceTables ?? []);
    return ended;
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

import type { ModelProvider } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { nearest } from '../nearest.js';

/** A model that can be asked. */
export interface ModelTarget {
  readonly provider: ModelProvider;
  /** The provider's name of it. */ readonly model: string;
  /** `<provider>:<model>`. */ readonly label: string;
  /** Key of its breaker, limiter and retry budget: `model:<origin>:<model>`. */ readonly key: string;
}

/** Finds providers by the names of models. */
export class ModelRegistry {
  readonly #providers = new Map<string, ModelProvider>();
  readonly #targets = new Map<string, ModelTarget>();
  readonly #defaultModel: string | undefined;
  #copy: ModelRegistry | undefined;

  /** @param defaultModel - Model of agents that name none. @default the first model of the first provider */
  constructor(defaultModel?: string) {
    this.#defaultModel = defaultModel;
  }

  /** Adds a provider. The plugin registry has made sure that names are unique. */
  add(provider: ModelProvider): void {
    this.#providers.set(provider.name, provider);
    this.#changed();
  }

  /** Takes providers away and puts others in their place; runs under way keep what {@link asOfNow} gave them. */
  exchange(removed: readonly ModelProvider[], added: readonly ModelProvider[]): void {
    const successors = new Map(added.map((provider) => [provider.name, provider]));
    const kept = this.list().flatMap((provider) => {
      if (!removed.includes(provider)) return [provider];
      const successor = successors.get(provider.name);
      successors.delete(provider.name);
      return successor === undefined ? [] : [successor];
    });
    this.#providers.clear();
    for (const provider of [...kept, ...successors.values()]) this.#providers.set(provider.name, provider);
    this.#changed();
  }

  /** The providers as they are now: what a run looks models up in to its end, while plugins come and go. */
  asOfNow(): ModelRegistry {
    if (this.#copy === undefined) {
      this.#copy = new ModelRegistry(this.#defaultModel);
      for (const provider of this.#providers.values()) this.#copy.add(provider);
    }
    return this.#copy;
  }

  /** All providers, in order of registration. */
  list(): ModelProvider[] {
    return [...this.#providers.values()];
  }

  /**
   * The models an agent asks, in order of preference.
   *
   * @throws OrchestratorError NO_MODEL, MODEL_UNKNOWN, MODEL_AMBIGUOUS
   */
  targets(names: string | readonly string[] | undefined): readonly ModelTarget[] {
    if (names === undefined) return [this.#default()];
    return typeof names === 'string' ? [this.target(names)] : names.map((name) => this.target(name));
  }

  /** @throws OrchestratorError NO_MODEL, MODEL_UNKNOWN, MODEL_AMBIGUOUS */
  target(name: string): ModelTarget {
    const known = this.#targets.get(name);
    if (known !== undefined) return known;
    const { provider, model } = this.#locate(name);
    const target: ModelTarget = {
      provider,
      model,
      label: `${provider.name}:${model}`,
      key: `model:${provider.origin}:${model}`,
    };
    this.#targets.set(name, target);
    return target;
  }

  #changed(): void {
    this.#targets.clear();
    this.#copy = undefined;
  }

  #default(): ModelTarget {
    if (this.#defaultModel !== undefined) return this.target(this.#defaultModel);
    const first = this.#firstProvider();
    const model = first.models?.[0];
    if (model === undefined) {
      throw new OrchestratorError(
        'NO_MODEL',
        `Provider "${first.name}" names no model of its own: set models.default, or model on the agent.`,
      );
    }
    return this.target(`${first.name}:${model}`);
  }

  #locate(name: string): { provider: ModelProvider; model: string } {
    const colon = name.indexOf(':');
    const prefixed = colon > 0 ? this.#providers.get(name.slice(0, colon)) : undefined;
    if (prefixed !== undefined) return { provider: prefixed, model: name.slice(colon + 1) };
    const first = this.#firstProvider();
    const providers = this.list();
    const listing = providers.filter((provider) => provider.models?.includes(name));
    if (listing.length === 1) return { provider: listing[0] as ModelProvider, model: name };
    if (providers.length === 1) return { provider: first, model: name };
    const guess = colon > 0 ? nearest(name.slice(0, colon), this.#providers.keys()) : undefined;
    if (guess !== undefined) {
      throw new OrchestratorError(
        'MODEL_UNKNOWN',
        `There is no model provider for "${name}". Did you mean "${guess}:${name.slice(colon + 1)}"?`,
      );
    }
    throw new OrchestratorError(
      'MODEL_AMBIGUOUS',
      `Model "${name}" could be of any provider (${providers.map((p) => p.name).join(', ')}): write "<provider>:${name}".`,
    );
  }

  #firstProvider(): ModelProvider {
    const first = this.#providers.values().next().value;
    if (first === undefined) {
      throw new OrchestratorError(
        'NO_MODEL',
        'No model provider is registered. Add one to the plugins, for example openaiModelPlugin({ apiKey }) or offlineModelPlugin().',
      );
    }
    return first;
  }
}

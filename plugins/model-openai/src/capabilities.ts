import type { EndpointKind } from './endpoint.js';
import { knownModel } from './known-models.js';

/** What a server accepts for a model. Compatible servers differ; what is refused is learned, what is given here is kept. */
export interface EndpointCapabilities {
  /** Field of Chat Completions that bounds the answer. @default 'max_completion_tokens' at OpenAI and Azure, else 'max_tokens' */
  readonly maxTokensField: 'max_completion_tokens' | 'max_tokens';
  /** Accepts `temperature` and `top_p`. @default false for OpenAI's reasoning models */ readonly sampling: boolean;
  /** Accepts `reasoning.effort` or `reasoning_effort`. @default false for OpenAI's models that do not reason */
  readonly reasoningEffort: boolean;
  /**
   * When reasoning is asked for in encrypted form, so that it can be carried back to a server that stores nothing.
   * With `store: true` it never is. @default 'always' for OpenAI's reasoning models, 'never' for its others, else 'unstored'
   */
  readonly encryptedReasoning: 'always' | 'unstored' | 'never';
  /** Reads its own `reasoning_content` again in Chat Completions. @default true */ readonly reasoningContent: boolean;
  /** Accepts `strict` of a tool. @default true */ readonly strictTools: boolean;
  /** How an output schema is asked for: as a schema, as JSON with the schema in words, or in words alone. @default 'json_schema' */
  readonly outputFormat: 'json_schema' | 'json_object' | 'text';
  /** Accepts `parallel_tool_calls`. @default true */ readonly parallelToolCalls: boolean;
  /** Accepts a `tool_choice` that names or requires a tool. @default true */ readonly toolChoice: boolean;
  /** Accepts `stream_options.include_usage`. @default true */ readonly streamUsage: boolean;
  /** Role of instructions within the conversation. @default 'system' */ readonly instructionRole:
    | 'system'
    | 'developer';
  /** Accepts `seed`. @default true */ readonly seed: boolean;
  /** Accepts `service_tier`. @default true */ readonly serviceTier: boolean;
  /** Accepts `store`. @default true */ readonly store: boolean;
}

/** Models whose learned capabilities are remembered per provider; the one used longest ago is dropped first. */
const REMEMBERED_MODELS = 256;

/** What one endpoint accepts, per model: what is known, then what was learned, then what the user said. */
export class CapabilityTable {
  readonly #kind: EndpointKind;
  readonly #fixed: Partial<EndpointCapabilities>;
  readonly #byModel = new Map<string, EndpointCapabilities>();

  /** @param fixed - Told by the user; never changed by what is learned. */
  constructor(kind: EndpointKind, fixed: Partial<EndpointCapabilities> = {}) {
    this.#kind = kind;
    this.#fixed = fixed;
  }

  /** What is accepted for this model as far as is known. */
  of(model: string): EndpointCapabilities {
    const known = this.#byModel.get(model);
    if (known) return known;
    return this.#remember(model, { ...this.#defaults(model), ...this.#fixed });
  }

  /** The present capabilities with a correction, or `undefined` where the user has said otherwise or nothing changes. */
  corrected(model: string, correction: Partial<EndpointCapabilities>): EndpointCapabilities | undefined {
    const present = this.of(model);
    const next = { ...present, ...correction, ...this.#fixed };
    const keys = Object.keys(correction) as (keyof EndpointCapabilities)[];
    return keys.some((key) => next[key] !== present[key]) ? next : undefined;
  }

  /** Keeps what was found out. */
  learn(model: string, capabilities: EndpointCapabilities): void {
    this.#remember(model, capabilities);
  }

  #remember(model: string, capabilities: EndpointCapabilities): EndpointCapabilities {
    this.#byModel.delete(model);
    this.#byModel.set(model, capabilities);
    const oldest = this.#byModel.keys().next();
    if (this.#byModel.size > REMEMBERED_MODELS && oldest.done !== true) this.#byModel.delete(oldest.value);
    return capabilities;
  }

  #defaults(model: string): EndpointCapabilities {
    const isOpenAI = this.#kind !== 'compatible';
    const known = isOpenAI ? knownModel(model) : undefined;
    return {
      maxTokensField: isOpenAI ? 'max_completion_tokens' : 'max_tokens',
      sampling: known?.isReasoning !== true,
      reasoningEffort: known?.isReasoning !== false,
      encryptedReasoning: known === undefined ? 'unstored' : known.isReasoning ? 'always' : 'never',
      reasoningContent: true,
      strictTools: true,
      outputFormat: 'json_schema',
      parallelToolCalls: true,
      toolChoice: true,
      streamUsage: true,
      instructionRole: 'system',
      seed: true,
      serviceTier: true,
      store: true,
    };
  }
}

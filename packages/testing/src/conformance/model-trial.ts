import type {
  ModelDelta,
  ModelItem,
  ModelProvider,
  ModelRequest,
  ModelResponse,
  PluginV1,
} from '@master-orchestrator/contracts';
import { startOpenAIServer, type OpenAIServer, type OpenAIServerOptions } from '../openai-server/openai-server.js';

/** Where a provider under test is to reach its model. */
export interface ModelPlace {
  /** Base URL, ending in `/v1`. */ readonly url: string;
  readonly apiKey: string;
}

/** Makes the provider under test, or the plugin that adds it as its first model. */
export type CreateModel = (place: ModelPlace) => ModelProvider | PluginV1 | Promise<ModelProvider | PluginV1>;

/** The key every check uses; it must never show up in an error. */
export const API_KEY = 'sk-conformance-3f9a2c7d51';

/** A call's answer with what came before it. */
export interface Answer {
  readonly response: ModelResponse;
  readonly deltas: readonly ModelDelta[];
}

/** A tool as a model sees it, within the strict subset. */
export const WEATHER_TOOL: ModelRequest['tools'][number] = {
  name: 'current_weather',
  description: 'Current temperature of a city, in degrees Celsius.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city', 'days'],
    additionalProperties: false,
  },
  isStrict: true,
};

/** Runs one provider against one server. */
export class ModelTrial {
  readonly #create: CreateModel;
  readonly #model: string;

  constructor(create: CreateModel, model: string) {
    this.#create = create;
    this.#model = model;
  }

  /** The provider at a place, and how to put it away. */
  async open(url: string): Promise<{ readonly provider: ModelProvider; readonly close: () => Promise<void> }> {
    const made = await this.#create({ url, apiKey: API_KEY });
    if (!('specificationVersion' in made)) return { provider: made, close: async () => made.dispose?.() };
    const provider = made.contributes.models?.[0];
    if (provider === undefined) throw new Error('The plugin adds no model.');
    return {
      provider,
      close: async () => {
        await provider.dispose?.();
        await made.dispose?.();
      },
    };
  }

  /** Starts a server and a provider for it, does the work, and closes both. */
  async with(
    options: OpenAIServerOptions,
    work: (provider: ModelProvider, server: OpenAIServer) => Promise<void>,
  ): Promise<void> {
    await using server = await startOpenAIServer({ apiKey: API_KEY, ...options });
    const { provider, close } = await this.open(server.url);
    try {
      await work(provider, server);
    } finally {
      await close();
    }
  }

  request(changes: Partial<ModelRequest> = {}): ModelRequest {
    return { model: this.#model, items: [userMessage('What is the answer?')], tools: [], settings: {}, ...changes };
  }

  /** Asks once, plain or streamed. */
  async ask(
    provider: ModelProvider,
    isStream: boolean,
    changes: Partial<ModelRequest> = {},
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Answer> {
    const deltas: ModelDelta[] = [];
    const onDelta = isStream ? { onDelta: (delta: ModelDelta): void => void deltas.push(delta) } : {};
    const response = await provider.respond(this.request(changes), { signal, ...onDelta });
    return { response, deltas };
  }
}

export function userMessage(content: string): ModelItem {
  return { type: 'message', role: 'user', content };
}

/** The text of the assistant's messages. */
export function textOf(items: readonly ModelItem[]): string {
  const texts = items.flatMap((item) => {
    if (item.type !== 'message' || item.role !== 'assistant') return [];
    if (typeof item.content === 'string') return [item.content];
    return item.content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  });
  return texts.join('');
}

/** The tool calls of an answer. */
export function callsOf(items: readonly ModelItem[]): readonly Extract<ModelItem, { type: 'tool-call' }>[] {
  return items.filter((item) => item.type === 'tool-call');
}

/** The deltas of one kind, put together. */
export function joined(deltas: readonly ModelDelta[], type: ModelDelta['type'], callId?: string): string {
  return deltas
    .filter((delta) => delta.type === type && (callId === undefined || ('callId' in delta && delta.callId === callId)))
    .map((delta) => delta.text)
    .join('');
}

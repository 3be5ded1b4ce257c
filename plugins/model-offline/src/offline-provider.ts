import { setTimeout as wait } from 'node:timers/promises';
import type {
  ModelDelta,
  ModelDescription,
  ModelItem,
  ModelProvider,
  ModelRequest,
  ModelResponse,
  ModelUsage,
} from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { decide, type Decision } from './decide.js';
import { callIdOf } from './call-id.js';
import { countCharacters, estimateTokens } from './estimate-usage.js';

/** How an {@link OfflineProvider} answers. */
export interface OfflineProviderOptions {
  readonly name: string;
  /** Wait before each piece of a streamed answer, in milliseconds. */ readonly chunkDelayMs: number;
}

type RespondOptions = Parameters<ModelProvider['respond']>[1];

/** Context window told to the host, in tokens: what the rules read in reasonable time. */
const CONTEXT_WINDOW = 200_000;
const MODEL = 'rules';
/** Words in one streamed piece. */
const WORDS_PER_PIECE = 4;

/** A model that follows rules: no network, no key, no state. It answers through the contract of any model. */
export class OfflineProvider implements ModelProvider {
  readonly name: string;
  readonly origin = 'offline';
  readonly models = [MODEL];
  readonly #chunkDelayMs: number;

  constructor({ name, chunkDelayMs }: OfflineProviderOptions) {
    this.name = name;
    this.#chunkDelayMs = chunkDelayMs;
  }

  describe(): ModelDescription {
    return { contextWindow: CONTEXT_WINDOW };
  }

  countTokens(request: ModelRequest): number {
    return estimateTokens(countCharacters(request));
  }

  /**
   * Answers once, from the request alone: equal requests give equal answers.
   *
   * @throws OrchestratorError as the signal's reason, else CANCELLED, when the signal aborts.
   */
  async respond(request: ModelRequest, { signal, onDelta }: RespondOptions): Promise<ModelResponse> {
    throwIfAborted(signal);
    const decision = decide(request);
    const items = itemsOf(decision, request);
    if (onDelta !== undefined) await this.#stream(items, signal, onDelta);
    else await this.#pause(signal);
    return {
      items,
      usage: usageOf(request, items),
      finish:
        decision.kind === 'calls'
          ? 'tool_calls'
          : decision.kind === 'refusal'
            ? 'refused'
            : decision.isCut
              ? 'length'
              : 'stop',
      model: `${this.name}:${MODEL}`,
    };
  }

  async ping(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
  }

  async #stream(items: readonly ModelItem[], signal: AbortSignal, onDelta: (delta: ModelDelta) => void): Promise<void> {
    for (const delta of items.flatMap(deltasOf)) {
      await this.#pause(signal);
      onDelta(delta);
    }
  }

  /** Lets others run and an abort in. */
  async #pause(signal: AbortSignal): Promise<void> {
    try {
      await wait(this.#chunkDelayMs, undefined, { signal });
    } catch {
      throwIfAborted(signal);
    }
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  const { reason } = signal as { reason: unknown };
  if (OrchestratorError.isInstance(reason)) throw reason;
  throw new OrchestratorError('CANCELLED', 'The call of the offline model was cancelled before it had answered.', {
    cause: reason,
  });
}

function itemsOf(decision: Decision, request: ModelRequest): ModelItem[] {
  if (decision.kind === 'calls') {
    return decision.calls.map((call, position) => {
      const text = JSON.stringify(call.arguments);
      return {
        type: 'tool-call',
        callId: callIdOf(request.items, position, call.name, text),
        name: call.name,
        arguments: text,
      };
    });
  }
  const { text } = decision;
  if (decision.kind === 'refusal') return [{ type: 'message', role: 'assistant', content: '', refusal: text }];
  return [{ type: 'message', role: 'assistant', content: text }];
}

function deltasOf(item: ModelItem): ModelDelta[] {
  if (item.type === 'tool-call') {
    const { callId, name } = item;
    return piecesOf(item.arguments).map((text) => ({ type: 'tool-arguments', callId, name, text }));
  }
  if (item.type !== 'message') return [];
  if (item.refusal !== undefined) return piecesOf(item.refusal).map((text) => ({ type: 'refusal', text }));
  return typeof item.content === 'string' ? piecesOf(item.content).map((text) => ({ type: 'text', text })) : [];
}

/** Pieces of a few words; joined they are the text. */
function piecesOf(text: string): string[] {
  return text.match(new RegExp(String.raw`(?:\S+\s*){1,${WORDS_PER_PIECE}}|\s+`, 'g')) ?? [];
}

function usageOf(request: ModelRequest, items: readonly ModelItem[]): ModelUsage {
  const output = items.reduce(
    (sum, item) =>
      sum +
      (item.type === 'tool-call'
        ? item.arguments.length + item.name.length
        : item.type === 'message' && typeof item.content === 'string'
          ? item.content.length + (item.refusal?.length ?? 0)
          : 0),
    0,
  );
  return {
    inputTokens: estimateTokens(countCharacters(request)),
    outputTokens: estimateTokens(output),
    cachedInputTokens: 0,
    reasoningTokens: 0,
    isEstimated: true,
  };
}

import type {
  AnnouncedLimits,
  ModelDelta,
  ModelFinish,
  ModelItem,
  ModelRequest,
  ModelResponse,
  ModelUsage,
} from '@master-orchestrator/contracts';
import { piecesOf } from './openai-server/answer-content.js';
import type { ScriptedToolCall } from './openai-server/scripted-answer.js';

/** The content of a model's answer, with everything but the content left to defaults. */
export interface ModelAnswer {
  readonly text?: string;
  readonly toolCalls?: readonly ScriptedToolCall[];
  readonly refusal?: string;
  /** Streamed as `reasoning` deltas; leaves no item. */ readonly reasoning?: string;
  /** Further items, before text and calls; for provider items. */ readonly items?: readonly ModelItem[];
  /** What is not given is estimated: four characters a token. */ readonly usage?: Partial<ModelUsage>;
  /** @default follows from the content */ readonly finish?: ModelFinish;
  readonly model?: string;
  readonly responseId?: string;
  readonly limits?: AnnouncedLimits;
}

/** Tokens of a request's input: four characters each. */
export function estimateInputTokens({ instructions, items, tools, outputSchema }: ModelRequest): number {
  return Math.ceil(JSON.stringify([instructions ?? '', items, tools, outputSchema ?? null]).length / 4);
}

/** The answer as a provider gives it. Call ids that are not given are `call_<serial>_<position>`. */
export function responseOf(answer: ModelAnswer, request: ModelRequest, serial: string): ModelResponse {
  const calls = (answer.toolCalls ?? []).map((call, index): ModelItem => ({
    type: 'tool-call',
    callId: call.callId ?? `call_${serial}_${index}`,
    name: call.name,
    arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
  }));
  return {
    items: [...(answer.items ?? []), ...messageOf(answer), ...calls],
    usage: usageOf(answer, request, calls),
    finish: answer.finish ?? finishOf(answer, calls.length),
    responseId: answer.responseId ?? `response_${serial}`,
    model: answer.model ?? request.model,
    ...(answer.limits === undefined ? {} : { limits: answer.limits }),
  };
}

/** The pieces in which the answer streams. Their texts, put together, are the answer. */
export function deltasOf(response: ModelResponse, answer: ModelAnswer, size: number): readonly ModelDelta[] {
  const deltas: ModelDelta[] = piecesOf(answer.reasoning ?? '', size).map((text) => ({ type: 'reasoning', text }));
  for (const text of piecesOf(answer.text ?? '', size)) deltas.push({ type: 'text', text });
  for (const text of piecesOf(answer.refusal ?? '', size)) deltas.push({ type: 'refusal', text });
  for (const item of response.items) {
    if (item.type !== 'tool-call') continue;
    const { callId, name } = item;
    for (const text of piecesOf(item.arguments, size)) deltas.push({ type: 'tool-arguments', callId, name, text });
  }
  return deltas;
}

function messageOf({ text, refusal }: ModelAnswer): readonly ModelItem[] {
  if (refusal !== undefined) return [{ type: 'message', role: 'assistant', content: text ?? '', refusal }];
  return text === undefined ? [] : [{ type: 'message', role: 'assistant', content: text }];
}

function finishOf(answer: ModelAnswer, calls: number): ModelFinish {
  if (answer.refusal !== undefined) return 'refused';
  return calls > 0 ? 'tool_calls' : 'stop';
}

function usageOf(answer: ModelAnswer, request: ModelRequest, calls: readonly ModelItem[]): ModelUsage {
  const reasoningTokens = answer.usage?.reasoningTokens ?? Math.ceil((answer.reasoning ?? '').length / 4);
  const written = (answer.text ?? '').length + (answer.refusal ?? '').length;
  const asked = calls.length === 0 ? 0 : JSON.stringify(calls).length;
  return {
    inputTokens: answer.usage?.inputTokens ?? estimateInputTokens(request),
    outputTokens: answer.usage?.outputTokens ?? Math.max(1, Math.ceil((written + asked) / 4)) + reasoningTokens,
    cachedInputTokens: answer.usage?.cachedInputTokens ?? 0,
    reasoningTokens,
    ...(answer.usage?.isEstimated === true ? { isEstimated: true } : {}),
  };
}

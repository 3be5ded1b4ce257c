import { piecesOf, type AnswerContent, type ContentCall } from './answer-content.js';
import type { WireVariation } from './fault.js';
import type { Frame } from './sse.js';

const FINISH = {
  stop: 'stop',
  tool_calls: 'tool_calls',
  length: 'length',
  filtered: 'content_filter',
  refused: 'stop',
} as const;

/** A plain answer of Chat Completions. */
export function chatBody(content: AnswerContent, wire: WireVariation = {}): object {
  const message = {
    role: 'assistant',
    content: content.text ?? null,
    refusal: content.refusal ?? null,
    ...(content.reasoning === undefined ? {} : { reasoning_content: content.reasoning }),
    ...(content.calls.length === 0 ? {} : { tool_calls: content.calls.map(toolCall) }),
    annotations: [],
  };
  return {
    id: `chatcmpl-${content.id}`,
    object: 'chat.completion',
    created: content.createdAt,
    model: content.model,
    choices: [
      {
        index: 0,
        ...(wire.omitMessage === true ? {} : { message }),
        logprobs: null,
        finish_reason: finishReason(content, wire),
      },
    ],
    ...(content.usage === undefined ? {} : { usage: chatUsage(content) }),
    system_fingerprint: 'fp_loopback',
  };
}

/** A streamed answer of Chat Completions, `[DONE]` included. */
export function chatFrames(content: AnswerContent, withUsage: boolean, wire: WireVariation = {}): readonly Frame[] {
  const frames: Frame[] = [];
  const push = (choices: object[], extra: object = {}, isTerminal = false): void => {
    const id = wire.changingIds === true ? `chatcmpl-${content.id}-${frames.length}` : `chatcmpl-${content.id}`;
    const head = { id, object: 'chat.completion.chunk', created: content.createdAt, model: content.model };
    const body = { ...head, system_fingerprint: 'fp_loopback', choices, ...extra };
    frames.push({ data: JSON.stringify(body), ...(isTerminal ? { isTerminal } : {}) });
  };
  const usageNull = withUsage && content.usage !== undefined ? { usage: null } : {};
  const delta = (value: object): void =>
    push([{ index: 0, delta: value, logprobs: null, finish_reason: null }], usageNull);

  delta({ role: 'assistant', content: content.text === undefined ? null : '', refusal: null });
  for (const piece of piecesOf(content.reasoning ?? '', content.chunkSize)) delta({ reasoning_content: piece });
  for (const piece of piecesOf(content.text ?? '', content.chunkSize)) delta({ content: piece });
  for (const piece of piecesOf(content.refusal ?? '', content.chunkSize)) delta({ refusal: piece });
  content.calls.forEach((call, index) => callDeltas(call, index, content.chunkSize, wire).forEach(delta));
  push([{ index: 0, delta: {}, logprobs: null, finish_reason: finishReason(content, wire) }], usageNull, true);
  if (withUsage && content.usage !== undefined) push([], { usage: chatUsage(content) }, true);
  if (wire.omitDone !== true) frames.push({ data: '[DONE]', isTerminal: true });
  return frames;
}

function callDeltas(call: ContentCall, index: number, chunkSize: number, wire: WireVariation): readonly object[] {
  if (wire.wholeToolCalls === true) return [{ tool_calls: [toolCall(call)] }];
  const head = { index, id: call.callId, type: 'function', function: { name: call.name, arguments: '' } };
  const pieces = piecesOf(call.arguments ?? '', chunkSize);
  return [
    { tool_calls: [head] },
    ...pieces.map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ];
}

function toolCall(call: ContentCall): object {
  return { id: call.callId, type: 'function', function: { name: call.name, arguments: call.arguments } };
}

function finishReason(content: AnswerContent, wire: WireVariation): string {
  return wire.stopForToolCalls === true && content.finish === 'tool_calls' ? 'stop' : FINISH[content.finish];
}

function chatUsage({ usage }: AnswerContent): object {
  const { inputTokens = 0, outputTokens = 0, cachedInputTokens = 0, reasoningTokens = 0 } = usage ?? {};
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedInputTokens, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoningTokens, audio_tokens: 0 },
  };
}

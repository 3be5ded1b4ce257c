import type {
  ContentPart,
  MessageItem,
  ModelItem,
  ModelRequest,
  ModelToolSpec,
  ModelUsage,
} from '@master-orchestrator/contracts';

/**
 * UTF-8 bytes per token. English prose has about 4.5 and JSON about 3 with OpenAI's tokenizers; scripts of three bytes
 * a character have about one token a character.
 */
const BYTES_PER_TOKEN = 3.6;
const ITEM_OVERHEAD = 4;
const CALL_OVERHEAD = 8;
/** Tokens of an image of 1024 by 1024 pixels (765) with room for larger ones, and of one in low detail. */
const IMAGE_TOKENS = { low: 85, high: 1_100, auto: 1_100 };
/** Bytes of a document that make one token, roughly: most of a document is not text. */
const FILE_BYTES_PER_TOKEN = 40;
const FILE_TOKENS = 500;

const toolTokens = new WeakMap<ModelToolSpec, number>();

/** Tokens of a text, estimated from its length. */
export function estimateTextTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** Input tokens of a request, estimated from lengths; costs no tokenizer. */
export function estimateInputTokens(request: ModelRequest): number {
  let tokens = request.instructions === undefined ? 0 : estimateTextTokens(request.instructions) + ITEM_OVERHEAD;
  for (const item of request.items) tokens += tokensOfItem(item);
  for (const tool of request.tools) tokens += tokensOfTool(tool);
  if (request.outputSchema) tokens += estimateTextTokens(JSON.stringify(request.outputSchema.schema)) + ITEM_OVERHEAD;
  return tokens;
}

/** Usage for an answer whose server did not count; marked as an estimate. */
export function estimateUsage(request: ModelRequest, items: readonly ModelItem[]): ModelUsage {
  let outputTokens = 0;
  for (const item of items) outputTokens += tokensOfItem(item);
  const inputTokens = estimateInputTokens(request);
  return { inputTokens, outputTokens, cachedInputTokens: 0, reasoningTokens: 0, isEstimated: true };
}

function tokensOfItem(item: ModelItem): number {
  if (item.type === 'message') return tokensOfMessage(item);
  if (item.type === 'tool-result') return CALL_OVERHEAD + estimateTextTokens(item.output);
  if (item.type === 'tool-call') {
    return CALL_OVERHEAD + estimateTextTokens(item.name) + estimateTextTokens(item.arguments);
  }
  return estimateTextTokens(JSON.stringify(item.data));
}

function tokensOfMessage({ content, refusal }: MessageItem): number {
  let tokens = ITEM_OVERHEAD + (refusal === undefined ? 0 : estimateTextTokens(refusal));
  if (typeof content === 'string') return tokens + estimateTextTokens(content);
  for (const part of content) tokens += tokensOfPart(part);
  return tokens;
}

function tokensOfPart(part: ContentPart): number {
  if (part.type === 'text') return estimateTextTokens(part.text);
  if (part.type === 'image') return IMAGE_TOKENS[part.detail ?? 'auto'];
  return FILE_TOKENS + Math.ceil((part.data?.length ?? 0) / FILE_BYTES_PER_TOKEN);
}

function tokensOfTool(tool: ModelToolSpec): number {
  const known = toolTokens.get(tool);
  if (known !== undefined) return known;
  const text = tool.name + tool.description + JSON.stringify(tool.parameters);
  const tokens = CALL_OVERHEAD + estimateTextTokens(text);
  toolTokens.set(tool, tokens);
  return tokens;
}

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

/** Tokens of a text, estimated from its length. */
export function estimateTextTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** Input tokens of a request, estimated from lengths; costs no tokenizer. */
export function estimateInputTokens(request: ModelRequest): number {
  return estimate.input(request);
}

/** Usage for an answer whose server did not count; marked as an estimate. */
export function estimateUsage(request: ModelRequest, items: readonly ModelItem[]): ModelUsage {
  let outputTokens = 0;
  for (const item of items) outputTokens += estimate.item(item);
  const inputTokens = estimateInputTokens(request);
  return { inputTokens, outputTokens, cachedInputTokens: 0, reasoningTokens: 0, isEstimated: true };
}

/** Adds up the tokens of requests, by whatever counts those of a text. An item is counted once: it comes again with every turn. */
export class TokenTally {
  readonly #ofText: (text: string) => number;
  readonly #items = new WeakMap<ModelItem, number>();
  readonly #tools = new WeakMap<ModelToolSpec, number>();

  constructor(ofText: (text: string) => number) {
    this.#ofText = ofText;
  }

  /** Input tokens of a request. */
  input({ instructions, items, tools, outputSchema }: ModelRequest): number {
    let tokens = instructions === undefined ? 0 : this.#ofText(instructions) + ITEM_OVERHEAD;
    for (const item of items) tokens += this.item(item);
    for (const tool of tools) tokens += this.#tool(tool);
    if (outputSchema) tokens += this.#ofText(JSON.stringify(outputSchema.schema)) + ITEM_OVERHEAD;
    return tokens;
  }

  /** Tokens of one item. */
  item(item: ModelItem): number {
    const known = this.#items.get(item);
    if (known !== undefined) return known;
    const tokens = this.#itemAnew(item);
    this.#items.set(item, tokens);
    return tokens;
  }

  #itemAnew(item: ModelItem): number {
    if (item.type === 'message') return this.#message(item);
    if (item.type === 'tool-result') return CALL_OVERHEAD + this.#ofText(item.output);
    if (item.type === 'tool-call') return CALL_OVERHEAD + this.#ofText(item.name) + this.#ofText(item.arguments);
    return this.#ofText(JSON.stringify(item.data));
  }

  #message({ content, refusal }: MessageItem): number {
    const tokens = ITEM_OVERHEAD + (refusal === undefined ? 0 : this.#ofText(refusal));
    if (typeof content === 'string') return tokens + this.#ofText(content);
    return content.reduce((sum, part) => sum + this.#part(part), tokens);
  }

  #part(part: ContentPart): number {
    if (part.type === 'text') return this.#ofText(part.text);
    if (part.type === 'image') return IMAGE_TOKENS[part.detail ?? 'auto'];
    return FILE_TOKENS + Math.ceil((part.data?.length ?? 0) / FILE_BYTES_PER_TOKEN);
  }

  #tool(tool: ModelToolSpec): number {
    const known = this.#tools.get(tool);
    if (known !== undefined) return known;
    const tokens = CALL_OVERHEAD + this.#ofText(tool.name + tool.description + JSON.stringify(tool.parameters));
    this.#tools.set(tool, tokens);
    return tokens;
  }
}

const estimate = new TokenTally(estimateTextTokens);

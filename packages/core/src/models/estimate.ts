import type { ModelItem, ModelRequest } from '@master-orchestrator/contracts';

/** Characters of one token at least, over English, code and JSON; other scripts have fewer. */
const CHARACTERS_PER_TOKEN = 3;
/** What a provider adds around an item. */
const TOKENS_PER_ITEM = 8;
/** An image, whatever its size, counts no more in the usual models. */
const TOKENS_PER_IMAGE = 1_500;

/**
 * Tokens of a request's input, on the high side: for reservations, and where the provider cannot count.
 */
export function estimateTokens(
  request: Pick<ModelRequest, 'instructions' | 'items' | 'tools' | 'outputSchema'>,
): number {
  let tokens = ofText(request.instructions ?? '') + TOKENS_PER_ITEM;
  for (const item of request.items) tokens += estimateItem(item);
  for (const tool of request.tools)
    tokens += ofText(tool.description) + ofText(JSON.stringify(tool.parameters)) + TOKENS_PER_ITEM;
  if (request.outputSchema !== undefined) tokens += ofText(JSON.stringify(request.outputSchema.schema));
  return tokens;
}

/** Tokens of one item, on the high side. */
export function estimateItem(item: ModelItem): number {
  switch (item.type) {
    case 'tool-call':
      return ofText(item.name) + ofText(item.arguments) + TOKENS_PER_ITEM;
    case 'tool-result':
      return ofText(item.output) + TOKENS_PER_ITEM;
    case 'provider-item':
      return ofText(JSON.stringify(item.data)) + TOKENS_PER_ITEM;
    case 'message': {
      if (typeof item.content === 'string') return ofText(item.content) + TOKENS_PER_ITEM;
      let tokens = TOKENS_PER_ITEM;
      for (const part of item.content) {
        tokens +=
          part.type === 'text' ? ofText(part.text) : part.type === 'image' ? TOKENS_PER_IMAGE : ofText(part.data ?? '');
      }
      return tokens;
    }
  }
}

/** Other scripts than Latin take up to one token a character, so characters beyond ASCII count as one each. */
function ofText(text: string): number {
  let wide = 0;
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) wide += 1;
  return Math.ceil((text.length - wide) / CHARACTERS_PER_TOKEN) + wide;
}

import type { ModelItem, ModelRequest } from '@master-orchestrator/contracts';

/** Characters of English text and JSON that a token of current models holds on average. */
export const CHARACTERS_PER_TOKEN = 4;

/** Tokens of that many characters; an estimate, at least 1 where there is something. */
export function estimateTokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/** Characters a model would read: instructions, conversation, tools, output schema. */
export function countCharacters({ instructions = '', items, tools, outputSchema }: ModelRequest): number {
  const conversation = items.reduce((sum, item) => sum + charactersOf(item), 0);
  const offered = tools.length === 0 ? 0 : JSON.stringify(tools).length;
  const shape = outputSchema === undefined ? 0 : JSON.stringify(outputSchema.schema).length;
  return instructions.length + conversation + offered + shape;
}

/** Characters of one entry. */
export function charactersOf(item: ModelItem): number {
  if (item.type === 'tool-call') return item.name.length + item.arguments.length;
  if (item.type === 'tool-result') return item.output.length;
  if (item.type === 'provider-item') return JSON.stringify(item.data).length;
  const content = typeof item.content === 'string' ? item.content.length : JSON.stringify(item.content).length;
  return content + (item.refusal?.length ?? 0);
}

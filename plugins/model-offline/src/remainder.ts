import type { ModelRequest } from '@master-orchestrator/contracts';
import { textOf } from './conversation.js';
import { CHARACTERS_PER_TOKEN } from './estimate-usage.js';

/** A piece of an answer. */
export interface AnswerPart {
  readonly text: string;
  /** True where the output limit cut it. */ readonly isCut: boolean;
}

/**
 * The part of an answer that is due: what fits the output limit, and where earlier parts of the same answer stand at
 * the end of the conversation, what follows them.
 */
export function remainderOf(answer: string, { items, settings }: ModelRequest): AnswerPart {
  const given = givenParts(items);
  const rest =
    given !== '' && answer.startsWith(given) && answer.length > given.length ? answer.slice(given.length) : answer;
  const { maxOutputTokens } = settings;
  const most = maxOutputTokens === undefined ? Infinity : Math.max(1, maxOutputTokens) * CHARACTERS_PER_TOKEN;
  return rest.length <= most ? { text: rest, isCut: false } : { text: rest.slice(0, most), isCut: true };
}

/** Text of the assistant's messages at the end of the conversation, notes of the host between them left out. */
function givenParts(items: ModelRequest['items']): string {
  const last = items.findLastIndex((item) => item.type !== 'message' || item.role === 'user');
  return items
    .slice(last + 1)
    .filter((item) => item.type === 'message' && item.role === 'assistant')
    .map(textOf)
    .join('');
}

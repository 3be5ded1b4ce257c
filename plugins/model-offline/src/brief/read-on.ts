import type { Conversation } from '../conversation.js';
import type { Unread } from '../join-results.js';
import type { KnownTool } from './classify-tool.js';
import type { Call } from './choose-tools.js';
import type { Trade } from './trade.js';

/** Longest result that is read to its end, in characters. */
const LONGEST_RESULT = 2_000_000;
/** Readings of one turn. */
const MOST_AT_ONCE = 16;
/** Results of which the beginning says enough. */
const ENOUGH: ReadonlySet<Trade | undefined> = new Set<Trade>([
  'report',
  'write',
  'send',
  'list',
  'search',
  'validate',
]);

/** Calls that read on in long results whose whole content is needed: files, pages, parsed data, figures. */
export function readOnCalls({ calls }: Conversation, tools: readonly KnownTool[]): Call[] {
  return calls
    .flatMap(({ name, result }) => {
      const tool = tools.find(({ spec }) => spec.name === name);
      const unread = result?.unread;
      if (unread === undefined || tool?.reach !== undefined || ENOUGH.has(tool?.trade)) return [];
      const canRead = tools.some(({ spec }) => spec.name === unread.tool);
      return canRead && unread.total <= LONGEST_RESULT ? readings(unread) : [];
    })
    .slice(0, MOST_AT_ONCE);
}

/** One reading to learn how much comes at once, then all the others together. */
function readings({ tool, arguments: args, known, total, step }: Unread): Call[] {
  const offsets = step === undefined ? [known] : offsetsFrom(known, total, step);
  return offsets.map((offset) => ({ name: tool, arguments: { ...args, offset } }));
}

function offsetsFrom(known: number, total: number, step: number): number[] {
  const count = Math.min(MOST_AT_ONCE, Math.ceil((total - known) / Math.max(1, step)));
  return Array.from({ length: count }, (_, at) => known + at * step);
}

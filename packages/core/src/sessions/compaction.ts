import type { ModelItem } from '@master-orchestrator/contracts';
import { estimateItem } from '../models/estimate.js';
import { paired } from '../run/transcript.js';

/** How much a conversation may keep; one of the two. */
export interface CompactionGoal {
  /** Tokens at most, as estimated. */ readonly maxTokens?: number;
  /** Share of the present size, 0 to 1. */ readonly keepShare?: number;
}

/** Newest items that are never shortened. */
const KEPT_WHOLE = 4;
/** What is left of a long result or message that is shortened. */
const EXCERPT_CHARACTERS = 400;

/**
 * Makes a conversation smaller without asking a model: first long tool results and messages in its older part are cut to
 * an excerpt, then the oldest turns go, in whole. The first user message and every system message stay, and every call
 * keeps its result.
 */
export function compact(items: readonly ModelItem[], goal: CompactionGoal): readonly ModelItem[] {
  const sizes = items.map(estimateItem);
  const present = sizes.reduce((sum, size) => sum + size, 0);
  const allowed = goal.maxTokens ?? Math.floor(present * (goal.keepShare ?? 0.5));
  if (present <= allowed) return items;
  const shortened = items.map((item, index) => (index < items.length - KEPT_WHOLE ? shorten(item) : item));
  const after = shortened.map(estimateItem);
  let size = after.reduce((sum, each) => sum + each, 0);
  if (size <= allowed) return shortened;
  const firstUser = items.findIndex((item) => item.type === 'message' && item.role === 'user');
  const kept: (ModelItem | undefined)[] = [...shortened];
  for (const turn of turnsOf(items)) {
    if (size <= allowed || turn.end > items.length - KEPT_WHOLE) break;
    for (let index = turn.start; index < turn.end; index += 1) {
      const item = kept[index];
      if (item === undefined || index === firstUser || (item.type === 'message' && item.role === 'system')) continue;
      size -= after[index] ?? 0;
      kept[index] = undefined;
    }
  }
  return paired(kept.filter((item) => item !== undefined));
}

function shorten(item: ModelItem): ModelItem {
  if (item.type === 'tool-result' && item.output.length > 2 * EXCERPT_CHARACTERS) {
    return { ...item, output: excerpt(item.output) };
  }
  if (
    item.type === 'message' &&
    item.role === 'assistant' &&
    typeof item.content === 'string' &&
    item.content.length > 4 * EXCERPT_CHARACTERS
  ) {
    return { ...item, content: excerpt(item.content) };
  }
  return item;
}

function excerpt(text: string): string {
  return `${text.slice(0, EXCERPT_CHARACTERS)}\n[${text.length - EXCERPT_CHARACTERS} characters left out to fit the model]`;
}

/** Groups of items that belong together: a message, or an answer's items with all results of its calls. */
function turnsOf(items: readonly ModelItem[]): { start: number; end: number }[] {
  const turns: { start: number; end: number }[] = [];
  const open = new Set<string>();
  let start = 0;
  items.forEach((item, index) => {
    if (item.type === 'tool-call') open.add(item.callId);
    if (item.type === 'tool-result') open.delete(item.callId);
    const next = items[index + 1];
    const goesOn =
      open.size > 0 ||
      item.type === 'provider-item' ||
      (next?.type === 'tool-call' && item.type !== 'tool-result') ||
      next?.type === 'tool-result';
    if (goesOn) return;
    turns.push({ start, end: index + 1 });
    start = index + 1;
  });
  return turns;
}

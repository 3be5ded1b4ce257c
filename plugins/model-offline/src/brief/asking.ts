import { isAction } from '../text/actions.js';
import type { Clause } from '../text/clauses.js';
import { splitWords } from '../text/words.js';
import { intentsOf } from './intents.js';

/** True for a sentence that asks for something, not only tells it. */
export function asksForWork(clause: Clause): boolean {
  const [first, second] = splitWords(clause.words);
  const begins = [first, second].some((word) => word !== undefined && isAction(word));
  return (
    begins ||
    (/\b(please|need|want|should|must|could you|can you|would you|let)\b/i.test(clause.words) &&
      splitWords(clause.words).some(isAction)) ||
    (/\?\s*$/.test(clause.text) && clause.words.length > 8) ||
    intentsOf([clause]).some(
      ({ trade, isImplied }) => isImplied !== true && trade !== 'read' && splitWords(clause.words).some(isAction),
    )
  );
}

/** Sentences that tell something and ask for nothing. */
export function backgroundOf(clauses: readonly Clause[]): Clause[] {
  const asking = clauses.filter(asksForWork);
  return asking.length === 0 ? clauses.slice(1) : clauses.filter((clause) => !asking.includes(clause));
}

/** Sentences of a task that state something, in words. */
export function statementsOf(clauses: readonly Clause[]): string[] {
  return backgroundOf(clauses).flatMap(({ text, words }) => (splitWords(words).length >= 3 ? [text] : []));
}

import type { Json } from '@master-orchestrator/errors';
import { isRecord } from '../data/json-values.js';
import { splitWords } from '../text/words.js';
import type { Trade } from '../brief/trade.js';
import type { AnswerSource } from './write-answer.js';

const POSITIVE =
  /^(approved?|accept(ed)?|pass(ed)?|yes|ok|okay|good|valid|success(ful)?|true|agree|allow(ed)?|done|complete[d]?|correct|safe|clean|ready|sufficient|satisfied|positive)$/i;
const NEGATIVE =
  /^(reject(ed)?|fail(ed|ure)?|no|bad|invalid|false|disagree|deny|denied|block(ed)?|incorrect|unsafe|incomplete|insufficient|negative|revise|changes?)$/i;
const TROUBLE =
  /\b(error|failed|failure|invalid|missing|wrong|incorrect|does not|cannot|no result|not found|vulnerab\w+|bug|problem)\b/i;

/** What has to have been done before anything can be approved. */
const CHECKING: ReadonlySet<Trade> = new Set<Trade>(['validate', 'read', 'list', 'fetch']);

/** True for a word such as "approve". */
export function isPositiveWord(value: Json): boolean {
  return typeof value === 'string' && splitWords(value).some((word) => POSITIVE.test(word)) && !isNegativeWord(value);
}

/** True for a word such as "reject" or "request-changes". */
export function isNegativeWord(value: Json): boolean {
  return typeof value === 'string' && splitWords(value).some((word) => NEGATIVE.test(word) || word === 'not');
}

/**
 * A verdict by rule. For a property such as `approved`: true unless a tool reported problems, a call failed, or the text
 * to judge is empty or speaks of trouble. For any other property: false, as nothing says otherwise.
 */
export function verdictOf(name: string, { material, conversation, plan }: AnswerSource): boolean {
  const words = splitWords(name);
  const asksForTrouble = words.some(
    (word) => NEGATIVE.test(word) || /^(error|problem|issue|risk|vulnerable|blocking)s?$/.test(word),
  );
  const isVerdict =
    asksForTrouble ||
    words.some((word) => POSITIVE.test(word)) ||
    words.some((word) => /^(verdict|decision|vote|judg(e)?ment|value|result|status|outcome)$/.test(word));
  if (!isVerdict) return false;
  const done = new Set(material.results.map(({ trade }) => trade));
  const isUndone = plan.intents.some(
    ({ trade, isImplied }) => isImplied !== true && CHECKING.has(trade) && !done.has(trade),
  );
  const hasTrouble =
    isUndone ||
    conversation.calls.some(({ result }) => result?.isError === true) ||
    material.results.some(({ value }) => reportsProblems(value)) ||
    material.given.some(({ isMissing, text }) => isMissing || TROUBLE.test(text)) ||
    (material.results.length === 0 &&
      material.given.length === 0 &&
      (conversation.goal.trim() === '' || TROUBLE.test(conversation.goal)));
  return asksForTrouble ? hasTrouble : !hasTrouble;
}

/** True for a result that lists problems or says of itself that it is not valid. */
function reportsProblems(value: Json): boolean {
  if (!isRecord(value)) return false;
  return Object.entries(value).some(([key, inner]) => {
    if (/^(valid|is_?valid|ok|passed|success)$/i.test(key)) return inner === false;
    return (
      /^(errors?|issues?|problems?|findings|violations|warnings|diagnostics)$/i.test(key) &&
      Array.isArray(inner) &&
      inner.length > 0
    );
  });
}

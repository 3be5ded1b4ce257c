import type { OrchestratorError } from '@master-orchestrator/errors';

const MOST_NAMES = 50;

/**
 * What a model is told about a call that failed or was refused: code and category to tell kinds apart, then what
 * happened and what it can do.
 */
export function toldToModel(error: OrchestratorError, whatToDo?: string): string {
  const todo = whatToDo ?? error.advice;
  const wait = error.retryAfterMs === undefined ? '' : ` Try again after ${Math.ceil(error.retryAfterMs / 1_000)} s.`;
  return `Error ${error.code} (${error.category}): ${error.message}${todo === undefined ? '' : ` ${todo}`}${wait}`;
}

/** Names for a sentence, cut where there are many. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

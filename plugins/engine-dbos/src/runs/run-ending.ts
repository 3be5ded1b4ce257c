import { classify, OrchestratorError, type Json } from '@master-orchestrator/errors';

/** Why a run ended. `given-back` and `lost` are no end of the task. */
export type RunEnding =
  | { readonly kind: 'completed'; readonly value: string }
  | { readonly kind: 'failed' | 'paused'; readonly error: OrchestratorError }
  | { readonly kind: 'cancelled'; readonly reason: string }
  | { readonly kind: 'given-back'; readonly isUnavailable: boolean }
  | { readonly kind: 'lost' };

/** What a handler did in the end. */
export type Settled = { readonly value: Json } | { readonly thrown: unknown };

/** What a thrown value makes of the run. A failure of the store never fails a task. */
export function endingOfThrow(thrown: unknown): RunEnding {
  const error = OrchestratorError.isInstance(thrown) ? thrown : classify(thrown);
  if (error.code === 'JOURNAL_MISMATCH' || error.code === 'EFFECT_UNKNOWN') return { kind: 'paused', error };
  const isStore = error.code === 'ENGINE_UNAVAILABLE' || error.details?.['store'] !== undefined;
  if (isStore || error.code === 'CLAIM_LOST') return { kind: 'given-back', isUnavailable: true };
  return { kind: 'failed', error };
}

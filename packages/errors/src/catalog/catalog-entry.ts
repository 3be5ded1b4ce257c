import type { ErrorCategory, Severity } from '../error-category.js';

/** What is known about a code before anything else is. */
export interface CatalogEntry {
  readonly category: ErrorCategory;
  readonly severity: Severity;
  /** The same request may succeed later with nothing changed. */ readonly isRetryable: boolean;
  /** The failed attempt had no effect, or repeating it has none. */ readonly isReplaySafe: boolean;
  /** True where the request is known never to have left, so that even an `unsafe` step may be repeated. @default false */
  readonly neverLeft?: boolean;
  /** True where the model's own output is at fault; selects the plan of a VALIDATION_ERROR. @default false */
  readonly isFromModel?: boolean;
  /** What happened, a clause without a subject's name: "the model is not known to the provider". */
  readonly summary?: string;
  /** What the reader should do, one sentence. */ readonly advice: string;
}

/**
 * The flags of a row, one letter each: `R` retryable, `S` replay-safe, `N` the request never left (and so replay-safe),
 * `M` the model's output is at fault.
 */
export type CatalogFlags = '-' | 'S' | 'R' | 'RS' | 'N' | 'RN' | 'SM' | 'RSM' | 'NM';

/** One row of the catalogue. */
export function row(
  category: ErrorCategory,
  severity: Severity,
  flags: CatalogFlags,
  summary: string,
  advice: string,
): CatalogEntry {
  const neverLeft = flags.includes('N');
  return {
    category,
    severity,
    isRetryable: flags.includes('R'),
    isReplaySafe: neverLeft || flags.includes('S'),
    ...(neverLeft ? { neverLeft } : {}),
    ...(flags.includes('M') ? { isFromModel: true } : {}),
    summary,
    advice,
  };
}

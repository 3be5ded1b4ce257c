import type { ErrorCategory, Severity } from './error-category.js';

/** What is known about a code before anything else is. */
export interface CatalogEntry {
  readonly category: ErrorCategory;
  readonly severity: Severity;
  readonly isRetryable: boolean;
  readonly isReplaySafe: boolean;
  /** What the reader should do, one sentence. */ readonly advice: string;
}

/** Every stable error code with its starting values. */
export const ERROR_CATALOG = {
  UNKNOWN_ERROR: {
    category: 'SYSTEM_ERROR',
    severity: 'HIGH',
    isRetryable: false,
    isReplaySafe: false,
    advice: 'Look at the cause: this failure matches no known kind.',
  },
} as const satisfies Record<string, CatalogEntry>;

/** A code of {@link ERROR_CATALOG}. */
export type ErrorCode = keyof typeof ERROR_CATALOG;

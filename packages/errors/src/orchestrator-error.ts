import { ERROR_CATALOG, type ErrorCode } from './error-catalog.js';
import type { ErrorCategory, Severity } from './error-category.js';
import type { Json } from './json.js';

const BRAND = Symbol.for('@master-orchestrator/errors:OrchestratorError');

/** What an {@link OrchestratorError} can be given beyond code and message. */
export interface OrchestratorErrorOptions {
  /** The original failure. */ readonly cause?: unknown;
  /** Needed for a code that is not in the catalogue. */ readonly category?: ErrorCategory;
  /** @default the catalogue's, else `HIGH` */ readonly severity?: Severity;
  /** The same request may succeed later with nothing changed. @default the catalogue's, else false */
  readonly isRetryable?: boolean;
  /** The failed attempt had no effect, or repeating it has none. @default the catalogue's, else false */
  readonly isReplaySafe?: boolean;
  /** Earliest useful moment of a repeat, from now, in milliseconds. */ readonly retryAfterMs?: number;
  /** Which circuit breaker the failure counts for. */ readonly breakerKey?: string;
  /** Facts for the reader; redacted, at most 4 KiB as JSON. */ readonly details?: Readonly<Record<string, Json>>;
  /** What the reader should do, one sentence. @default the catalogue's */ readonly advice?: string;
  /** Set where the failed task was kept as a dead letter. */ readonly deadLetterId?: string;
}

/** Plain form of an error: what crosses workers, storage and the HTTP API. */
export interface SerializedError {
  readonly name: string;
  readonly code: string;
  readonly category: ErrorCategory;
  readonly severity: Severity;
  readonly message: string;
  readonly isRetryable: boolean;
  readonly isReplaySafe: boolean;
  readonly retryAfterMs?: number;
  readonly breakerKey?: string;
  readonly details?: { readonly [key: string]: Json };
  readonly advice?: string;
  readonly deadLetterId?: string;
  readonly cause?: { readonly name: string; readonly message: string; readonly code?: string };
}

/**
 * Every failure that leaves a package. Recognise one by {@link OrchestratorError.isInstance}, which also accepts an
 * error of another installed copy of this package.
 */
export class OrchestratorError extends Error {
  /** Stable name of the failure, documented in the catalogue. */ readonly code: string;
  readonly category: ErrorCategory;
  readonly severity: Severity;
  readonly isRetryable: boolean;
  readonly isReplaySafe: boolean;
  readonly retryAfterMs?: number;
  readonly breakerKey?: string;
  readonly details?: Readonly<Record<string, Json>>;
  /** What the reader should do. */ readonly advice?: string;
  readonly deadLetterId?: string;

  constructor(code: ErrorCode | (string & {}), message: string, options: OrchestratorErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const known = ERROR_CATALOG[code as ErrorCode] as (typeof ERROR_CATALOG)[ErrorCode] | undefined;
    this.name = new.target.name;
    this.code = code;
    this.category = options.category ?? known?.category ?? 'SYSTEM_ERROR';
    this.severity = options.severity ?? known?.severity ?? 'HIGH';
    this.isRetryable = options.isRetryable ?? known?.isRetryable ?? false;
    this.isReplaySafe = options.isReplaySafe ?? known?.isReplaySafe ?? false;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    if (options.breakerKey !== undefined) this.breakerKey = options.breakerKey;
    if (options.details !== undefined) this.details = options.details;
    if (options.deadLetterId !== undefined) this.deadLetterId = options.deadLetterId;
    const advice = options.advice ?? known?.advice;
    if (advice !== undefined) this.advice = advice;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for an error of this class, from this or another copy of the package. */
  static isInstance(value: unknown): value is OrchestratorError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
  }
}

import { catalogEntry, docsAnchor, type ErrorCode } from './error-catalog.js';
import { SEVERITIES, type ErrorCategory, type Severity } from './error-category.js';
import { boundDetails } from './internal/bound-details.js';
import { BRAND, isBranded } from './internal/brand.js';
import { isRecord, readProperty } from './internal/read-property.js';
import {
  isSerializedError,
  restoreForeignCause,
  restoreOptions,
  safeMessage,
  serialize,
} from './internal/serialize.js';
import type { Json } from './json.js';
import { redact } from './redact.js';

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

/** Plain form of a cause: an error of ours keeps category and flags, another one its name, message and code. */
export interface SerializedCause {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly category?: ErrorCategory;
  readonly severity?: Severity;
  readonly isRetryable?: boolean;
  readonly isReplaySafe?: boolean;
  readonly retryAfterMs?: number;
  readonly breakerKey?: string;
  readonly details?: { readonly [key: string]: Json };
  readonly advice?: string;
  readonly deadLetterId?: string;
  readonly cause?: SerializedCause;
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
  /** The original failure, and its causes up to 5 deep. */ readonly cause?: SerializedCause;
}

/**
 * Every failure that leaves a package. Recognise one by {@link OrchestratorError.isInstance}, which also accepts an
 * error of another installed copy of this package. Message and details are redacted; `cause` keeps the original.
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
    super(safeMessage(message), options.cause === undefined ? undefined : { cause: options.cause });
    const known = catalogEntry(code);
    this.name = new.target.name;
    this.code = code;
    this.category = options.category ?? known?.category ?? 'SYSTEM_ERROR';
    this.severity = options.severity ?? known?.severity ?? 'HIGH';
    this.isRetryable = options.isRetryable ?? known?.isRetryable ?? false;
    this.isReplaySafe = options.isReplaySafe ?? known?.isReplaySafe ?? false;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    if (options.breakerKey !== undefined) this.breakerKey = options.breakerKey;
    if (options.details !== undefined) this.details = boundDetails(options.details);
    if (options.deadLetterId !== undefined) this.deadLetterId = options.deadLetterId;
    const advice = options.advice ?? known?.advice;
    if (advice !== undefined) this.advice = advice;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Where the code is explained: page and anchor. */
  get docs(): string {
    return docsAnchor(this.code);
  }

  /**
   * The same failure with some fields changed: for what is learnt about it on its way. Code, message, stack and cause
   * stay; the severity can only be raised.
   */
  with(changes: Omit<OrchestratorErrorOptions, 'category'>): OrchestratorError {
    const severity = higherSeverity(this.severity, changes.severity ?? this.severity);
    const copy = new OrchestratorError(this.code, this.message, { ...optionsOf(this), ...changes, severity });
    copy.name = this.name;
    if (this.stack !== undefined) copy.stack = this.stack;
    return copy;
  }

  /** Plain, redacted form; `JSON.stringify` uses it. {@link OrchestratorError.fromJSON} reads it. */
  toJSON(): SerializedError {
    return serialize(this);
  }

  /**
   * Reads the plain form back: code, category, severity, flags and causes are as they were.
   *
   * @param value - What {@link OrchestratorError.toJSON} gave, perhaps from another version of this package. Anything
   * else becomes an UNKNOWN_ERROR; nothing throws.
   */
  static fromJSON(value: unknown): OrchestratorError {
    const text = 'An error came back in a form that cannot be read.';
    if (!isSerializedError(value))
      return new OrchestratorError('UNKNOWN_ERROR', text, { details: { value: redact(value) } });
    return restore(value, restoreCause(readProperty(value, 'cause'), 1));
  }

  /** True for an error of this class, from this or another copy of the package. */
  static isInstance(value: unknown): value is OrchestratorError {
    return isBranded(value);
  }
}

/** The worse of two severities. */
export function higherSeverity(one: Severity, other: Severity): Severity {
  return SEVERITIES.indexOf(one) >= SEVERITIES.indexOf(other) ? one : other;
}

function restore(value: SerializedError | SerializedCause, cause: unknown): OrchestratorError {
  const { name, code, message, options } = restoreOptions(value, cause);
  const error = new OrchestratorError(code, message, options);
  error.name = name;
  return error;
}

function restoreCause(value: unknown, depth: number): unknown {
  if (!isRecord(value) || depth > 5) return undefined;
  const cause = restoreCause(readProperty(value, 'cause'), depth + 1);
  if (isSerializedError(value)) return restore(value, cause);
  return restoreForeignCause(value as unknown as SerializedCause, cause);
}

function optionsOf(error: OrchestratorError): OrchestratorErrorOptions {
  return {
    category: error.category,
    severity: error.severity,
    isRetryable: error.isRetryable,
    isReplaySafe: error.isReplaySafe,
    ...(error.cause === undefined ? {} : { cause: error.cause }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.breakerKey === undefined ? {} : { breakerKey: error.breakerKey }),
    ...(error.details === undefined ? {} : { details: error.details }),
    ...(error.advice === undefined ? {} : { advice: error.advice }),
    ...(error.deadLetterId === undefined ? {} : { deadLetterId: error.deadLetterId }),
  };
}

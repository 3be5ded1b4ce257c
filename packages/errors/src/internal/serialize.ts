import { ERROR_CATEGORIES, SEVERITIES, type ErrorCategory, type Severity } from '../error-category.js';
import type { OrchestratorErrorOptions, SerializedCause, SerializedError } from '../orchestrator-error.js';
import { cutText, redactText } from '../redact.js';
import { boundDetails } from './bound-details.js';
import { isBranded } from './brand.js';
import { isRecord, readNumber, readProperty, readString } from './read-property.js';

/** How many causes of causes are kept. */
const MAX_CAUSES = 5;

/** Characters kept of a message. */
const MAX_MESSAGE_LENGTH = 2_000;

/** The message without secrets and of bounded length. Doing it twice changes nothing. */
export function safeMessage(message: string): string {
  return cutText(redactText(message), MAX_MESSAGE_LENGTH);
}

function safeName(name: string): string {
  return cutText(redactText(name), 100);
}

/** The fields that an error of ours shares with its plain form, the cause left out. */
interface PlainFields extends Omit<SerializedError, 'cause'> {}

/** Plain form of an error of ours, with its causes up to 5 deep. */
export function serialize(error: PlainFields & { readonly cause?: unknown }): SerializedError {
  const cause = serializeCause(error.cause, 1);
  return { ...plainFields(error), ...(cause === undefined ? {} : { cause }) };
}

function plainFields(error: PlainFields): PlainFields {
  return {
    name: safeName(error.name),
    code: error.code,
    category: error.category,
    severity: error.severity,
    message: safeMessage(error.message),
    isRetryable: error.isRetryable,
    isReplaySafe: error.isReplaySafe,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.breakerKey === undefined ? {} : { breakerKey: error.breakerKey }),
    ...(error.details === undefined ? {} : { details: error.details }),
    ...(error.advice === undefined ? {} : { advice: error.advice }),
    ...(error.deadLetterId === undefined ? {} : { deadLetterId: error.deadLetterId }),
  };
}

function serializeCause(cause: unknown, depth: number): SerializedCause | undefined {
  if (cause === undefined || cause === null || depth > MAX_CAUSES) return undefined;
  const inner = serializeCause(readProperty(cause, 'cause'), depth + 1);
  const rest = inner === undefined ? {} : { cause: inner };
  if (isBranded(cause)) return { ...plainFields(cause as PlainFields), ...rest };
  if (typeof cause === 'string') return { name: 'string', message: safeMessage(cause) };
  if (typeof cause !== 'object') return { name: typeof cause, message: '' };
  const code = readString(cause, 'code') ?? readNumber(cause, 'code')?.toString();
  return {
    name: safeName(readString(cause, 'name') ?? 'Error'),
    message: safeMessage(causeMessage(cause)),
    ...(code === undefined ? {} : { code: cutText(redactText(code), 100) }),
    ...rest,
  };
}

/** An AggregateError often has no message of its own: those of its first errors stand for it. */
function causeMessage(cause: object): string {
  const own = readString(cause, 'message');
  if (own !== undefined) return own;
  const errors = readProperty(cause, 'errors');
  if (!Array.isArray(errors)) return '';
  return errors
    .slice(0, 3)
    .map((error) => readString(error, 'message') ?? '')
    .join('; ');
}

/** What {@link restoreOptions} found: all that a constructor needs. */
export interface RestoredError {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly options: OrchestratorErrorOptions;
}

/** True for a value that has the shape of a {@link SerializedError}. */
export function isSerializedError(value: unknown): value is SerializedError {
  return (
    isRecord(value) &&
    typeof value['code'] === 'string' &&
    typeof value['message'] === 'string' &&
    isCategory(value['category']) &&
    typeof value['isRetryable'] === 'boolean' &&
    typeof value['isReplaySafe'] === 'boolean'
  );
}

/** Reads a plain form. Wrong fields are left out, so that an older or newer copy's form is read as far as possible. */
export function restoreOptions(value: SerializedError | SerializedCause, cause: unknown): RestoredError {
  const severity = readProperty(value, 'severity');
  const retryAfterMs = readNumber(value, 'retryAfterMs');
  const breakerKey = readString(value, 'breakerKey');
  const details = readProperty(value, 'details');
  const advice = readString(value, 'advice');
  const deadLetterId = readString(value, 'deadLetterId');
  return {
    name: safeName(readString(value, 'name') ?? 'OrchestratorError'),
    code: readString(value, 'code') ?? 'UNKNOWN_ERROR',
    message: readString(value, 'message') ?? '',
    options: {
      category: isCategory(value.category) ? value.category : 'SYSTEM_ERROR',
      severity: isSeverity(severity) ? severity : 'HIGH',
      isRetryable: readProperty(value, 'isRetryable') === true,
      isReplaySafe: readProperty(value, 'isReplaySafe') === true,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(breakerKey === undefined ? {} : { breakerKey }),
      ...(isRecord(details) ? { details: boundDetails(details) } : {}),
      ...(advice === undefined ? {} : { advice }),
      ...(deadLetterId === undefined ? {} : { deadLetterId }),
      ...(cause === undefined ? {} : { cause }),
    },
  };
}

/** An error that is none of ours, from its plain form. */
export function restoreForeignCause(value: SerializedCause, cause: unknown): Error {
  const error = new Error(readString(value, 'message') ?? '', cause === undefined ? undefined : { cause });
  error.name = safeName(readString(value, 'name') ?? 'Error');
  const code = readString(value, 'code');
  return code === undefined ? error : Object.assign(error, { code });
}

function isCategory(value: unknown): value is ErrorCategory {
  return (ERROR_CATEGORIES as readonly unknown[]).includes(value);
}

function isSeverity(value: unknown): value is Severity {
  return (SEVERITIES as readonly unknown[]).includes(value);
}

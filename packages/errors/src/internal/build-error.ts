import { catalogEntry } from '../error-catalog.js';
import type { ClassifyContext } from '../classify-context.js';
import { OrchestratorError, type OrchestratorErrorOptions } from '../orchestrator-error.js';
import type { ErrorRule, FailureSource } from '../recovery.js';
import type { Json } from '../json.js';
import { cutText } from '../redact.js';
import { EXCERPT_LENGTH, excerpt } from './bound-details.js';

/** A verdict before it becomes an error. */
export interface Verdict {
  readonly code: string;
  readonly rule?: ErrorRule;
  readonly cause: unknown;
  /** What is put in brackets behind the summary: status, words, Node code. */ readonly facts?: readonly string[];
  /** Replaces the catalogue's summary. */ readonly summary?: string;
  readonly details?: Readonly<Record<string, Json | undefined>>;
  readonly isRetryable?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
}

const CREDENTIAL_CODES = new Set(['CREDENTIAL_REJECTED', 'QUOTA_EXHAUSTED']);

/** Makes the error of a verdict: message, flags, details. */
export function buildError(verdict: Verdict, context: ClassifyContext): OrchestratorError {
  const { code, rule } = verdict;
  const entry = catalogEntry(code);
  const isRetryable = verdict.isRetryable ?? rule?.isRetryable ?? entry?.isRetryable ?? false;
  const breakerKey = CREDENTIAL_CODES.has(code) ? (context.credentialKey ?? context.breakerKey) : context.breakerKey;
  const details = withoutGaps({ ...verdict.details, tool: context.toolName });
  const options: OrchestratorErrorOptions = {
    isRetryable,
    isReplaySafe: isReplaySafe(code, context, rule),
    ...(verdict.cause === undefined ? {} : { cause: verdict.cause }),
    ...(rule?.category === undefined ? {} : { category: rule.category }),
    ...(rule?.severity === undefined ? {} : { severity: rule.severity }),
    ...(rule?.advice === undefined ? {} : { advice: rule.advice }),
    ...(isRetryable && verdict.retryAfterMs !== undefined ? { retryAfterMs: verdict.retryAfterMs } : {}),
    ...(breakerKey === undefined ? {} : { breakerKey }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
  return new OrchestratorError(code, messageOf(verdict, context), options);
}

/**
 * Whether a repeat does no harm. What never left is safe whatever the step; else the step decides; a model call is safe
 * as long as nobody says that a tool of it has started.
 */
export function isReplaySafe(code: string, context: ClassifyContext, rule?: ErrorRule): boolean {
  const entry = catalogEntry(code);
  if (entry?.neverLeft === true) return true;
  if (context.isReplaySafe !== undefined) return context.isReplaySafe;
  if (rule?.isReplaySafe !== undefined) return rule.isReplaySafe;
  return context.source === 'model' || (entry?.isReplaySafe ?? false);
}

/** What a failure said itself, for codes that know no more than that. */
export function ownText(value: unknown, name: string | undefined, message: string | undefined): string {
  const text = message ?? (typeof value === 'string' ? value : undefined);
  if (text === undefined) return name ?? `a thrown ${value === null ? 'null' : typeof value}`;
  const prefix = name === undefined || name === 'Error' ? '' : `${name}: `;
  return cutText(excerpt(`${prefix}${text}`), EXCERPT_LENGTH);
}

function messageOf(verdict: Verdict, context: ClassifyContext): string {
  const summary = verdict.summary ?? catalogEntry(verdict.code)?.summary ?? verdict.code;
  const facts = verdict.facts?.filter((fact) => fact !== '') ?? [];
  return `${subjectOf(context)}: ${summary}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
}

const SUBJECTS = {
  model: 'Model call',
  tool: 'Tool call',
  file: 'File operation',
  engine: 'Task engine',
  system: 'Failed',
} as const satisfies Record<FailureSource, string>;

function subjectOf(context: ClassifyContext): string {
  if (context.what !== undefined) return context.what;
  return context.toolName === undefined ? SUBJECTS[context.source ?? 'system'] : `Tool "${context.toolName}"`;
}

function withoutGaps(details: Readonly<Record<string, Json | undefined>>): Record<string, Json> {
  const kept: Record<string, Json> = {};
  for (const [key, value] of Object.entries(details)) if (value !== undefined) kept[key] = value;
  return kept;
}

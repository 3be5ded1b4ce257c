import { OrchestratorError, SEVERITIES, type Random, type Severity } from '@master-orchestrator/errors';
import { z } from 'zod';

/** How RETRY repeats a step. */
export interface RetryOptions {
  /** Attempts in total, the first included, where a plan names no number. @default 3 */ readonly attempts?: number;
  /** Attempts that no plan may exceed. @default what the plan says */ readonly maxAttempts?: number;
  /** Bound of the first wait where a plan names none, in milliseconds; it doubles with each attempt. @default 200 */
  readonly baseMs?: number;
  /** Longest wait that the other side did not ask for, in milliseconds. @default 30_000 */ readonly longestMs?: number;
  /** Longest wait in place, in milliseconds; a longer one parks the task, where it can be parked. @default 60_000 */
  readonly longestInPlaceMs?: number;
  /** Bound of the first parked wait, in milliseconds; it doubles with each. @default 60_000 */
  readonly parkBaseMs?: number;
  /** Longest parked wait that the other side did not ask for, in milliseconds. @default 600_000 */
  readonly longestParkMs?: number;
}

/** How FALLBACK chooses. */
export interface FallbackOptions {
  /** Other targets asked at most, for each step. @default all there are */ readonly times?: number;
  /** True: a declared result is taken before another target is asked. @default false */
  readonly prefersDeclaredResult?: boolean;
}

/** When SKIP leaves a step out. */
export interface SkipOptions {
  /** What the run is told in place of a result. @default what failed, its code and what to do */ readonly note?: string;
  /** True: only steps marked as optional; a failed tool call is then left to the end of its plan. @default false */
  readonly onlyOptional?: boolean;
}

/** When ESCALATE asks somebody. */
export interface EscalateOptions {
  /** Failures of a lower severity are not put before anybody. @default 'LOW' */ readonly from?: Severity;
  /** Questions about one step, where a plan names no number. @default 1 */ readonly times?: number;
}

/** What RESET does. */
export interface ResetOptions {
  /** Resets of one step, where a plan names no number. @default 1 */ readonly times?: number;
  /** What the model is told, where a plan says nothing. @default what was wrong */ readonly hint?: string;
}

/** How TERMINATE ends. */
export interface TerminateOptions {
  /** Codes that stop the whole orchestrator in order, besides those whose plan says so. @default none */
  readonly stopOn?: readonly string[];
}

/** Options of the plugin: those of each strategy. What is left out is as the host's own strategies have it. */
export interface StandardRecoveryPluginOptions {
  readonly retry?: RetryOptions;
  readonly fallback?: FallbackOptions;
  readonly skip?: SkipOptions;
  readonly escalate?: EscalateOptions;
  readonly reset?: ResetOptions;
  readonly terminate?: TerminateOptions;
  /** Returns a number in [0, 1): the jitter of waits. @default Math.random */ readonly random?: Random;
}

/** Options with every part present. */
export type CheckedOptions = z.output<typeof optionsSchema>;

const times = z.int().min(1).max(1_000).optional();
const milliseconds = z.number().min(0).max(86_400_000).optional();

const optionsSchema = z.strictObject({
  retry: z
    .strictObject({
      attempts: times,
      maxAttempts: times,
      baseMs: milliseconds,
      longestMs: milliseconds,
      longestInPlaceMs: milliseconds,
      parkBaseMs: milliseconds,
      longestParkMs: milliseconds,
    })
    .default({}),
  fallback: z.strictObject({ times, prefersDeclaredResult: z.boolean().default(false) }).prefault({}),
  skip: z.strictObject({ note: z.string().min(1).optional(), onlyOptional: z.boolean().default(false) }).prefault({}),
  escalate: z.strictObject({ from: z.enum(SEVERITIES).default('LOW'), times }).prefault({}),
  reset: z.strictObject({ times, hint: z.string().min(1).optional() }).default({}),
  terminate: z.strictObject({ stopOn: z.array(z.string().min(1)).default([]) }).prefault({}),
  random: z.custom<Random>((value) => typeof value === 'function', 'must be a function').optional(),
});

/** Checks what a user passed. @throws OrchestratorError CONFIG_INVALID, naming every problem */
export function checkOptions(options: StandardRecoveryPluginOptions): CheckedOptions {
  const checked = optionsSchema.safeParse(options);
  if (checked.success) return checked.data;
  const message = `standardRecoveryPlugin: the options do not fit. ${z.prettifyError(checked.error)}`;
  throw new OrchestratorError('CONFIG_INVALID', message, { category: 'VALIDATION_ERROR', severity: 'CRITICAL' });
}

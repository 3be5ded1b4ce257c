import type { OptionsSchema } from '@master-orchestrator/contracts';
import { SEVERITIES, type Random, type Severity } from '@master-orchestrator/errors';
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
export type CheckedOptions = z.output<typeof standardRecoveryOptions>;

const count = z.int().min(1).max(1_000).optional();
const milliseconds = z.number().min(0).max(86_400_000).optional();

const retry = z.strictObject({
  attempts: count
    .meta({ 'x-default': '3' })
    .describe('Attempts in total where a plan names no number; the standard plans name theirs.'),
  maxAttempts: count.meta({ 'x-default': 'none' }).describe('Attempts that no plan may exceed.'),
  baseMs: milliseconds
    .meta({ 'x-default': 'by code' })
    .describe('Bound of the first wait where a plan names none, in milliseconds; 200 for most codes.'),
  longestMs: milliseconds
    .meta({ 'x-default': '30_000' })
    .describe('Longest wait that the other side did not ask for, in milliseconds.'),
  longestInPlaceMs: milliseconds
    .meta({ 'x-default': '60_000' })
    .describe('A longer wait parks the task, in milliseconds.'),
  parkBaseMs: milliseconds
    .meta({ 'x-default': '60_000' })
    .describe('Bound of the first parked wait, in milliseconds; it doubles with each.'),
  longestParkMs: milliseconds
    .meta({ 'x-default': '600_000' })
    .describe('Longest parked wait that the other side did not ask for, in milliseconds.'),
}) satisfies OptionsSchema<RetryOptions>;

const fallback = z.strictObject({
  times: count.meta({ 'x-default': 'all' }).describe('Other models, tools or agents asked at most, for each step.'),
  prefersDeclaredResult: z.boolean().default(false).describe('Take a declared result before another target is asked.'),
}) satisfies OptionsSchema<FallbackOptions>;

const skip = z.strictObject({
  note: z
    .string()
    .min(1)
    .optional()
    .meta({ 'x-default': 'by code' })
    .describe('What the run is told in place of a result.'),
  onlyOptional: z.boolean().default(false).describe('Leave out only what is marked as optional.'),
}) satisfies OptionsSchema<SkipOptions>;

const escalate = z.strictObject({
  from: z.enum(SEVERITIES).default('LOW').describe('Failures of a lower severity are put before nobody.'),
  times: count.meta({ 'x-default': '1' }).describe('Questions about one step where a plan names no number.'),
}) satisfies OptionsSchema<EscalateOptions>;

const reset = z.strictObject({
  times: count.meta({ 'x-default': '1' }).describe('Resets of one step where a plan names no number.'),
  hint: z
    .string()
    .min(1)
    .optional()
    .meta({ 'x-default': 'by code' })
    .describe('What the model is told where a plan says nothing.'),
}) satisfies OptionsSchema<ResetOptions>;

const terminate = z.strictObject({
  stopOn: z
    .array(z.string().min(1))
    .readonly()
    .default([])
    .describe('Codes that stop the whole orchestrator in order, besides those whose plan says so.'),
}) satisfies OptionsSchema<TerminateOptions>;

/** The options as the host checks and shows them. */
export const standardRecoveryOptions = z.strictObject({
  retry: retry.default({}),
  fallback: fallback.prefault({}),
  skip: skip.prefault({}),
  escalate: escalate.prefault({}),
  reset: reset.default({}),
  terminate: terminate.prefault({}),
  random: z
    .custom<Random>((value) => typeof value === 'function', 'must be a function')
    .optional()
    .meta({ 'x-in-code': true, 'x-default': 'chance' })
    .describe('Returns a number in [0, 1): the jitter of waits. Hand one in for runs that repeat.'),
}) satisfies OptionsSchema<StandardRecoveryPluginOptions>;

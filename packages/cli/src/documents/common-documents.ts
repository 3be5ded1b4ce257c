import { TASK_STATUSES } from '@master-orchestrator/contracts';
import { z } from 'zod';

/** Status of a task. */
export const taskStatus = z.enum(TASK_STATUSES);

/** Moment as milliseconds since 1970. */
export const moment = z.number().describe('Milliseconds since 1970-01-01T00:00:00Z.');

/** What models used. */
export const usageDocument = z
  .object({
    inputTokens: z.number(),
    outputTokens: z.number(),
    cachedInputTokens: z.number(),
    reasoningTokens: z.number(),
    isEstimated: z.boolean().optional().describe('True where a number is an estimate.'),
  })
  .describe('Tokens of model calls.');

/** Money; `null` where a price is unknown. */
export const costDocument = z.number().nullable().describe('US dollars; null where a price is unknown, never 0 then.');

/** An error as every command prints it. */
export const serializedError = z
  .looseObject({
    name: z.string(),
    code: z.string().describe('Stable name; the page that "docs" names explains it.'),
    category: z.string(),
    severity: z.enum(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']),
    message: z.string(),
    isRetryable: z.boolean(),
    isReplaySafe: z.boolean(),
    advice: z.string().optional().describe('What to do.'),
    deadLetterId: z.string().optional(),
  })
  .describe('A failure. More fields may be there: details, cause, retryAfterMs, breakerKey.');

/** What any command prints instead of its document when it fails. */
export const errorDocument = z.object({
  error: serializedError.extend({ docs: z.string().describe('Page and heading that explain the code.') }),
  taskId: z.string().optional().describe('Commands that work on a task.'),
  status: z.literal('failed').optional(),
  deadLetterId: z.string().optional(),
});

/** A line of `--events`. */
export const eventDocument = z
  .looseObject({
    seq: z.number(),
    at: moment,
    type: z.string(),
    taskId: z.string().optional(),
    runId: z.string().optional(),
    agentId: z.string().optional(),
    parentTaskId: z.string().optional(),
    data: z.record(z.string(), z.unknown()),
  })
  .describe('An event, one a line, before the document of the command.');

/** Something that waits for a person, or waited. */
export const waitingDocument = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('approval'),
    id: z.string(),
    taskId: z.string(),
    runId: z.string(),
    agentId: z.string(),
    agentName: z.string(),
    callId: z.string(),
    tool: z.string(),
    arguments: z.unknown(),
    argumentsHash: z.string(),
    reason: z.string(),
    requestedAt: moment,
    expiresAt: moment.optional(),
    status: z.enum(['open', 'approved', 'denied', 'expired']),
    answer: z
      .object({
        decision: z.enum(['approve', 'approve-for-run', 'deny']),
        by: z.string(),
        note: z.string().optional(),
        at: moment,
      })
      .optional(),
  }),
  z.object({
    kind: z.literal('escalation'),
    id: z.string(),
    taskId: z.string(),
    runId: z.string().optional(),
    agentId: z.string().optional(),
    step: z.string(),
    error: serializedError,
    question: z.string(),
    requestedAt: moment,
    status: z.enum(['open', 'answered', 'expired']),
    answer: z
      .object({
        action: z.enum(['retry', 'skip', 'result', 'fail']),
        by: z.string(),
        note: z.string().optional(),
        result: z.unknown().optional(),
        at: moment,
      })
      .optional(),
  }),
]);

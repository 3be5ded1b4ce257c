import { z } from 'zod';

/** Path with one id. */
export const idParams = z.object({ id: z.string().min(1).max(256).describe('Id, as lists give it.') });

/** One page of a list. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100).describe('Most entries of the page.'),
  cursor: z.string().min(1).max(512).optional().describe('The `next` of the page before.'),
});

/** A page of entries. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z.string().optional().describe('Cursor of the next page; absent on the last one.'),
  });
}

/** A list that is small by nature. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item) });
}

/** Milliseconds since the Unix epoch. */
export const epochMs = z.number().describe('Milliseconds since the Unix epoch.');

/** Tokens of one or more model calls. */
export const usageSchema = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cachedInputTokens: z.number(),
  reasoningTokens: z.number(),
  isEstimated: z.boolean().optional(),
});

/** Bounds of what may be spent. */
export const budgetSchema = z.strictObject({
  tokens: z.int().positive().optional().describe('Input and output tokens together.'),
  requests: z.int().positive().optional().describe('Model calls.'),
  costUsd: z.number().nonnegative().optional().describe('US dollars.'),
  wallMs: z.int().positive().optional().describe('Running time, in milliseconds.'),
  warnAt: z.number().min(0).max(1).optional().describe('Part of a bound at which a warning comes. Default 0.8.'),
  allowUnpriced: z.boolean().optional(),
  onExhausted: z.enum(['fail', 'ask']).optional(),
});

/** An error as it is stored with a task: no stack, no cause. */
export const storedErrorSchema = z.looseObject({
  code: z.string(),
  category: z.string(),
  severity: z.string(),
  message: z.string(),
  isRetryable: z.boolean(),
  isReplaySafe: z.boolean(),
});

/** Recovery plans by category or code. */
export const recoverySchema = z
  .record(
    z.string().min(1).max(64),
    z.array(z.strictObject({ strategy: z.string().min(1), options: z.record(z.string(), z.unknown()).optional() })),
  )
  .describe('Recovery plans by category or error code; they replace the standard ones.');

/** Labels of a thing. */
export const labelsSchema = z.record(z.string().min(1).max(128), z.string().max(1_024));

/** The user context of a task. */
export const userContextSchema = z
  .record(z.string(), z.unknown())
  .describe('Facts for tools and hooks, at most 64 KiB as JSON. No model is told, and no answer holds it.');

/** A JSON Schema. */
export const jsonSchemaSchema = z.record(z.string(), z.unknown()).describe('A JSON Schema (2020-12).');

import { TASK_STATUSES } from '@master-orchestrator/contracts';
import { z } from 'zod';
import {
  budgetSchema,
  epochMs,
  jsonSchemaSchema,
  labelsSchema,
  pageQuery,
  recoverySchema,
  storedErrorSchema,
  usageSchema,
  userContextSchema,
} from './common.js';

const partSchema = z.union([
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({
    type: z.literal('image'),
    url: z.string().min(1),
    detail: z.enum(['low', 'high', 'auto']).optional(),
  }),
  z.strictObject({
    type: z.literal('file'),
    name: z.string().min(1).max(256),
    data: z.string().optional(),
    fileId: z.string().optional(),
  }),
]);

/** A message of a conversation. */
export const messageSchema = z.strictObject({
  type: z.literal('message'),
  role: z.enum(['system', 'user', 'assistant']),
  content: z.union([z.string(), z.array(partSchema)]),
});

const dependencySchema = z.union([
  z.string().min(1).max(256),
  z.strictObject({ task: z.string().min(1).max(256), onFailure: z.enum(['fail', 'skip', 'continue']).optional() }),
]);

/** Body that makes a task. */
export const newTaskSchema = z.strictObject({
  description: z.string().min(1).optional().describe('What is to be done, in words.'),
  input: z.array(messageSchema).max(10_000).optional().describe('Messages, where words alone do not do.'),
  agentId: z.string().min(1).max(256).optional().describe('Who does it; either this or a team.'),
  team: z.string().min(1).max(256).optional().describe('Its lead does it.'),
  priority: z.int().min(0).max(9).optional().describe('9 is most urgent. Default 5.'),
  dependsOn: z.array(dependencySchema).max(1_000).optional(),
  runAt: epochMs.nonnegative().optional(),
  deadlineMs: z.int().positive().optional().describe('From submission to the end, in milliseconds.'),
  budget: budgetSchema.optional(),
  outputSchema: jsonSchemaSchema.optional(),
  sessionId: z.string().min(1).max(256).optional().describe('A conversation that goes on across tasks.'),
  isStreamed: z.boolean().optional().describe('Publish pieces of answers as events.'),
  recovery: recoverySchema.optional(),
  userContext: userContextSchema.optional(),
  labels: labelsSchema.optional(),
});

/** A task in answers. */
export const taskSchema = z.looseObject({
  id: z.string(),
  agentId: z.string(),
  agentName: z.string(),
  status: z.enum(TASK_STATUSES),
  input: z.unknown(),
  priority: z.number(),
  createdAt: epochMs,
  startedAt: epochMs.optional(),
  endedAt: epochMs.optional(),
  delivery: z.number().describe('How often a worker has begun it.'),
  parentTaskId: z.string().optional(),
  retryOf: z.string().optional(),
  result: z
    .looseObject({ output: z.unknown(), text: z.string(), usage: usageSchema, costUsd: z.number().optional() })
    .optional()
    .describe('Completed tasks.'),
  error: storedErrorSchema.optional().describe('Tasks that failed, were cancelled or skipped.'),
  deadLetterId: z.string().optional(),
  usage: usageSchema,
  costUsd: z.number().optional().describe('US dollars; absent where a price is unknown.'),
  labels: z.record(z.string(), z.string()),
});

/** Filter of the list of tasks. */
export const tasksQuery = pageQuery.extend({
  status: z.enum(TASK_STATUSES).optional().describe('Tasks in this status.'),
  agentId: z.string().optional().describe('Tasks of this agent.'),
  parentTaskId: z.string().optional().describe('Tasks that this task handed out.'),
});

/** A step of a task's journal. */
export const stepSchema = z.looseObject({
  key: z.string(),
  state: z.enum(['intended', 'done', 'failed']),
  startedAt: epochMs,
  endedAt: epochMs.optional(),
  delivery: z.number(),
  value: z.unknown().optional(),
  error: storedErrorSchema.optional(),
});

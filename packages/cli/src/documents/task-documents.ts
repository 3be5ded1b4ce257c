import { z } from 'zod';
import { costDocument, moment, taskStatus, usageDocument, waitingDocument } from './common-documents.js';

const summary = z.object({
  id: z.string(),
  status: taskStatus,
  agent: z.string(),
  agentId: z.string(),
  description: z.string(),
  createdAt: moment,
  startedAt: moment.nullable(),
  endedAt: moment.nullable(),
  durationMs: z.number().nullable().describe('From start to end, or to now.'),
  deliveries: z.number().describe('How often a process has taken it up.'),
  usage: usageDocument,
  costUsd: costDocument,
  parentTaskId: z.string().nullable(),
  retryOf: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});

/** `mao tasks list` */
export const tasksDocument = z.object({ tasks: z.array(summary) });

const step = z.object({
  key: z.string(),
  kind: z.enum(['model', 'tool', 'agent', 'other']),
  name: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  problem: z.string().nullable(),
  startedAt: moment,
  durationMs: z.number().nullable(),
  delivery: z.number(),
  usage: usageDocument.nullable(),
  costUsd: z.number().nullable(),
  input: z.unknown().optional().describe('With --full: arguments of a call.'),
  output: z.string().nullable().optional().describe('With --full: answer of a model, result of a tool.'),
  childTaskId: z.string().nullable(),
});

/** `mao tasks show` */
export const taskDocument = summary.extend({
  text: z.string().nullable(),
  output: z.unknown(),
  deadLetterId: z.string().nullable(),
  steps: z.array(step),
  get children() {
    return z.array(taskDocument);
  },
});

/** `mao tasks cancel` */
export const cancelDocument = z.object({
  taskId: z.string(),
  status: z.union([taskStatus, z.literal('cancelling')]),
  changed: z.boolean().describe('False where the task had ended already.'),
});

/** `mao approvals list` */
export const approvalsDocument = z.object({ waiting: z.array(waitingDocument) });

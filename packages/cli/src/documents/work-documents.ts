import { z } from 'zod';
import { costDocument, serializedError, usageDocument, waitingDocument } from './common-documents.js';

/** `mao init` */
export const initDocument = z.object({
  folder: z.string(),
  name: z.string(),
  template: z.string(),
  files: z.array(z.string()).describe('Paths inside the folder.'),
  next: z.array(z.string()).describe('Commands to type next.'),
});

const completed = z.object({
  taskId: z.string(),
  status: z.literal('completed'),
  text: z.string(),
  output: z.unknown().describe('The answer in the form the agent was asked for; else its text.'),
  files: z.array(z.string()).describe('Whole paths of reports that were written.'),
  usage: usageDocument,
  costUsd: costDocument,
  notes: z.array(z.string()),
  durationMs: z.number(),
  isOffline: z.boolean().describe('True where the rule-based offline model answered.'),
});

const interrupted = z.object({
  taskId: z.string(),
  status: z.literal('interrupted'),
  resume: z.string().describe('Command that goes on with the task.'),
});

const cancelled = z.object({ taskId: z.string(), status: z.literal('cancelled') });

const waiting = z.object({
  taskId: z.string(),
  status: z.enum(['waiting', 'cancelled']),
  waitingFor: z.array(waitingDocument),
  resume: z.string().optional(),
});

const queued = z.object({ taskId: z.string(), status: z.literal('queued') });

/** `mao run` */
export const runDocument = z.union([completed, interrupted, waiting, cancelled, queued]);

/** `mao tasks retry` */
export const retryDocument = z.union([
  completed,
  interrupted,
  waiting,
  cancelled,
  queued.extend({ retryOf: z.string() }),
]);

const plannedTask = z.object({
  id: z.string(),
  description: z.string(),
  agent: z.string().nullish(),
  template: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  dependsOn: z.array(z.string()),
  status: z.enum(['waiting', 'running', 'completed', 'failed', 'skipped']),
  agentId: z.string().optional(),
  agentName: z.string().optional(),
  taskId: z.string().optional(),
  text: z.string().optional(),
  error: serializedError.optional(),
  usage: usageDocument.optional(),
  costUsd: z.number().optional(),
  durationMs: z.number().optional(),
  isMadeForGoal: z.boolean().optional(),
});

/** `mao achieve` */
export const achieveDocument = z.union([
  z.object({
    goalId: z.string(),
    goal: z.string(),
    status: z.enum(['completed', 'partial']),
    text: z.string(),
    tasks: z.array(plannedTask),
    replans: z.number(),
    usage: usageDocument,
    costUsd: costDocument,
    createdAgents: z.array(z.object({ id: z.string(), template: z.string() })),
    files: z.array(z.string()),
    durationMs: z.number(),
    isOffline: z.boolean(),
  }),
  z.object({ status: z.literal('cancelled'), waitingFor: z.array(waitingDocument) }),
  z.object({ status: z.literal('cancelled') }),
]);

/** `mao serve`, once it listens. */
export const serveDocument = z.object({
  status: z.literal('ready'),
  url: z.string(),
  openapi: z.string(),
  pid: z.number(),
  engine: z.string(),
  version: z.string(),
  isOffline: z.boolean(),
  readyMs: z.number(),
});

/** `mao worker`, once it works. */
export const workerDocument = z.object({
  status: z.literal('ready'),
  pid: z.number(),
  slots: z.number(),
  engine: z.string(),
  version: z.string(),
});

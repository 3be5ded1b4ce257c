import { optional } from '@master-orchestrator/contracts';
import type { ScheduleOptions, ScheduleRecord } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import { route, type Route } from '../http/route.js';
import { budgetSchema, epochMs, idParams, labelsSchema, listOf, userContextSchema } from '../schemas/common.js';
import type { Services } from '../services.js';

const tag = 'schedules';

const scheduledTaskSchema = z.strictObject({
  description: z.string().min(1),
  agentId: z.string().min(1).max(256).optional(),
  team: z.string().min(1).max(256).optional(),
  priority: z.int().min(0).max(9).optional(),
  deadlineMs: z.int().positive().optional(),
  budget: budgetSchema.optional(),
  sessionId: z.string().min(1).max(256).optional(),
  userContext: userContextSchema.optional(),
  labels: labelsSchema.optional(),
});

const scheduleBody = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_.:-]{1,128}$/)
    .optional()
    .describe('A fixed id; a schedule of this id is replaced.'),
  cron: z.string().min(1).max(256).describe('Five fields, minute first, or six with seconds in front.'),
  timezone: z.string().min(1).max(64).optional().describe('IANA name, such as Europe/Lisbon. Default UTC.'),
  task: scheduledTaskSchema,
  catchUp: z.enum(['none', 'latest']).optional().describe('What becomes of ticks missed while nothing ran.'),
});

const scheduleSchema = z.looseObject({
  id: z.string(),
  cron: z.string(),
  timezone: z.string().optional(),
  task: z.looseObject({ description: z.string().optional() }),
  isPaused: z.boolean(),
  createdAt: epochMs,
  lastTick: epochMs.optional(),
  nextTick: epochMs.optional(),
});

/** Tasks by the clock. */
export function scheduleRoutes({ orchestrator }: Services): Route[] {
  const get = async (id: string): Promise<ScheduleRecord> => {
    const found = (await orchestrator.listSchedules()).find((schedule) => schedule.id === id);
    if (found !== undefined) return found;
    throw new OrchestratorError('NOT_FOUND', `There is no schedule "${id}". GET /api/v1/schedules lists them.`);
  };
  const find = ({ id = '' }): Promise<unknown> => get(id);
  return [
    route({
      method: 'GET',
      path: '/api/v1/schedules',
      operationId: 'listSchedules',
      tag,
      summary: 'List schedules with their next tick',
      scope: 'read',
      answers: { 200: listOf(scheduleSchema) },
      handle: async () => ({ items: await orchestrator.listSchedules() }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/schedules',
      operationId: 'createSchedule',
      tag,
      summary: 'Create a task at every tick of a cron expression',
      scope: 'operate',
      body: scheduleBody,
      answers: { 201: scheduleSchema },
      handle: async ({ body: { task, ...rest } }) => {
        if (task.agentId !== undefined) await orchestrator.getAgent(task.agentId);
        return orchestrator.createSchedule({ ...optional(rest), task: optional(task) } as ScheduleOptions);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/schedules/{id}',
      operationId: 'getSchedule',
      tag,
      summary: 'Get a schedule',
      scope: 'read',
      params: idParams,
      answers: { 200: scheduleSchema },
      handle: ({ params }) => get(params.id),
    }),
    ...scheduleMoves(orchestrator, find),
  ];
}

function scheduleMoves(orchestrator: Services['orchestrator'], find: NonNullable<Route['find']>): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/schedules/{id}/pause',
      operationId: 'pauseSchedule',
      tag,
      summary: 'Stop a schedule from firing',
      scope: 'operate',
      params: idParams,
      answers: { 200: scheduleSchema },
      find,
      handle: ({ params }) => orchestrator.pauseSchedule(params.id),
    }),
    route({
      method: 'POST',
      path: '/api/v1/schedules/{id}/resume',
      operationId: 'resumeSchedule',
      tag,
      summary: 'Undo a pause',
      scope: 'operate',
      params: idParams,
      answers: { 200: scheduleSchema },
      find,
      handle: ({ params }) => orchestrator.resumeSchedule(params.id),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/schedules/{id}',
      operationId: 'deleteSchedule',
      tag,
      summary: 'Remove a schedule; tasks it fired stay',
      scope: 'operate',
      params: idParams,
      answers: { 204: 'none' },
      find,
      handle: async ({ params }) => {
        await orchestrator.deleteSchedule(params.id);
      },
    }),
  ];
}

import { optional } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { route, type Route } from '../http/route.js';
import { executeAndWait } from '../internal/await-task.js';
import { closedSignal } from '../internal/closed-signal.js';
import { pageByTime } from '../internal/pages.js';
import { hasEnded, taskOptionsOf, viewOfStep, viewOfTask } from '../internal/task-view.js';
import { idParams, listOf, pageOf } from '../schemas/common.js';
import { newTaskSchema, stepSchema, taskSchema, tasksQuery } from '../schemas/tasks.js';
import type { Services } from '../services.js';

const LONGEST_WAIT_MS = 600_000;
const tag = 'tasks';

const executeBody = z
  .strictObject({
    waitMs: z
      .int()
      .min(0)
      .max(LONGEST_WAIT_MS)
      .optional()
      .describe('Longest wait for the end, in milliseconds. Default 60000.'),
  })
  .optional();

const cancelBody = z.strictObject({ reason: z.string().min(1).max(1_000).optional() }).optional();
const forkBody = z.strictObject({ fromStep: z.string().min(1).max(512).describe('Key of a step; it runs anew.') });

/** Tasks: make, queue, wait for, look at. */
export function taskRoutes(services: Services): Route[] {
  const { orchestrator } = services;
  const find = ({ id = '' }): Promise<unknown> => orchestrator.getTask(id);
  return [
    route({
      method: 'GET',
      path: '/api/v1/tasks',
      operationId: 'listTasks',
      tag,
      summary: 'Page through tasks, newest first',
      scope: 'read',
      query: tasksQuery,
      answers: { 200: pageOf(taskSchema) },
      handle: async ({ query: { limit, cursor, ...filter } }) => {
        const tasks = await orchestrator.listTasks(optional(filter));
        const page = pageByTime(tasks, ({ createdAt, id }) => ({ at: createdAt, id }), { limit, cursor });
        return { ...page, items: page.items.map(viewOfTask) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/tasks',
      operationId: 'createTask',
      tag,
      summary: 'Create a task',
      description: 'Stores it and starts nothing: execute or enqueue it.',
      scope: 'operate',
      body: newTaskSchema,
      answers: { 201: taskSchema },
      handle: async ({ body }) =>
        viewOfTask(await orchestrator.getTask(await orchestrator.createTask(taskOptionsOf(body)))),
    }),
    route({
      method: 'GET',
      path: '/api/v1/tasks/{id}',
      operationId: 'getTask',
      tag,
      summary: 'Get a task',
      scope: 'read',
      params: idParams,
      answers: { 200: taskSchema },
      handle: async ({ params }) => viewOfTask(await orchestrator.getTask(params.id)),
    }),
    route({
      method: 'GET',
      path: '/api/v1/tasks/{id}/steps',
      operationId: 'listTaskSteps',
      tag,
      summary: 'List the steps of a task with their times and values',
      scope: 'read',
      params: idParams,
      answers: { 200: listOf(stepSchema) },
      handle: async ({ params }) => ({ items: (await orchestrator.taskSteps(params.id)).map(viewOfStep) }),
    }),
    ...startRoutes(services, find),
    ...moveRoutes(services, find),
  ];
}

function startRoutes({ orchestrator, clock, stopping }: Services, find: NonNullable<Route['find']>): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/tasks/{id}/execute',
      operationId: 'executeTask',
      tag,
      summary: 'Queue a task and wait for its end',
      description: 'Answers 200 with the ended task, whatever became of it, or 202 where it goes on beyond `waitMs`.',
      scope: 'operate',
      params: idParams,
      body: executeBody,
      answers: { 200: taskSchema, 202: taskSchema },
      find,
      handle: async ({ params, body, reply }) => {
        const signal = AbortSignal.any([closedSignal(reply.raw), stopping]);
        const task = await executeAndWait(orchestrator, params.id, { waitMs: body?.waitMs ?? 60_000, clock, signal });
        reply.code(hasEnded(task) ? 200 : 202);
        return viewOfTask(task);
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/tasks/{id}/enqueue',
      operationId: 'enqueueTask',
      tag,
      summary: 'Queue a task without waiting',
      scope: 'operate',
      params: idParams,
      answers: { 202: taskSchema },
      find,
      handle: async ({ params }) => {
        await orchestrator.enqueueTask(params.id);
        return viewOfTask(await orchestrator.getTask(params.id));
      },
    }),
  ];
}

function moveRoutes({ orchestrator }: Services, find: NonNullable<Route['find']>): Route[] {
  const show = async (id: string): Promise<unknown> => viewOfTask(await orchestrator.getTask(id));
  return [
    route({
      method: 'POST',
      path: '/api/v1/tasks/{id}/cancel',
      operationId: 'cancelTask',
      tag,
      summary: 'Cancel a task in whatever state it is',
      description: 'A task that had ended stays as it is.',
      scope: 'operate',
      params: idParams,
      body: cancelBody,
      answers: { 200: taskSchema },
      find,
      handle: async ({ params, body, caller }) => {
        await orchestrator.cancelTask(params.id, body?.reason ?? `cancelled by ${caller.name}`);
        return show(params.id);
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/tasks/{id}/retry',
      operationId: 'retryTask',
      tag,
      summary: 'Queue a new task made from one that failed, was cancelled or skipped',
      scope: 'operate',
      params: idParams,
      answers: { 202: taskSchema },
      find,
      handle: async ({ params }) => show(await orchestrator.retryTask(params.id)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/tasks/{id}/fork',
      operationId: 'forkTask',
      tag,
      summary: 'Queue a new task with the steps of another one before a given step',
      scope: 'operate',
      params: idParams,
      body: forkBody,
      answers: { 202: taskSchema },
      find,
      handle: async ({ params, body }) => show(await orchestrator.forkTask(params.id, body.fromStep)),
    }),
  ];
}

import type { EventOf } from '@master-orchestrator/contracts';
import type { TaskInfo } from '@master-orchestrator/core';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { EventEntry } from '../events/event-entry.js';
import { isWanted, RunScope, type EventFilter } from '../events/run-events.js';
import { CLOSING, type StreamMessage } from '../events/send-events.js';
import { route, type Route } from '../http/route.js';
import { assertRoom, discardRefused } from '../internal/queue-room.js';
import { hasEnded, taskOptionsOf, viewOfTask } from '../internal/task-view.js';
import { idParams } from '../schemas/common.js';
import { newTaskSchema, taskSchema } from '../schemas/tasks.js';
import type { Services } from '../services.js';

const afterSchema = z
  .string()
  .min(1)
  .max(128)
  .optional()
  .describe('Id of the last event the reader has, or `start` for the oldest one kept; the header Last-Event-ID wins.');

const eventsQuery = z.strictObject({
  after: afterSchema,
  types: z.string().min(1).max(2_048).optional().describe('Names of events, separated by commas.'),
  taskId: z.string().min(1).max(256).optional().describe('Events of this task.'),
  agentId: z.string().min(1).max(256).optional().describe('Events of this agent.'),
});

const runQuery = z.strictObject({ after: afterSchema });

/** Event streams: of everything, and of one run. */
export function eventRoutes(services: Services): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/events',
      operationId: 'streamEvents',
      tag: 'events',
      summary: 'Follow everything that happens, as Server-Sent Events',
      description:
        'Each message has the event as JSON, its type as name and a cursor as id. Come back with the last id (Last-Event-ID) to go on without gap or double; what is not kept any more is told as `stream-gap`.',
      scope: 'read',
      query: eventsQuery,
      answers: { 200: 'text/event-stream' },
      handle: async ({ query, request, reply }) => {
        const { types, taskId, agentId } = query;
        const after = lastEventId(request) ?? query.after;
        const filter = { types: types?.split(',').map((type) => type.trim()), taskId, agentId };
        const read = async (signal: AbortSignal): Promise<AsyncIterable<StreamMessage>> =>
          messagesOf(await services.feed.read({ after, signal }), filter);
        await services.streams.send(reply, read, CLOSING);
      },
    }),
    ...runRoutes(services),
  ];
}

function runRoutes(services: Services): Route[] {
  const { orchestrator, streams } = services;
  const tag = 'runs';
  return [
    route({
      method: 'POST',
      path: '/api/v1/runs',
      operationId: 'startRun',
      tag,
      summary: 'Create a task and start it, with pieces of answers as events',
      scope: 'operate',
      body: newTaskSchema,
      answers: { 202: taskSchema.extend({ eventsUrl: z.string().describe('Where its events are, from the first.') }) },
      handle: async ({ body }) => {
        const after = services.feed.cursor();
        assertRoom(services);
        const id = await orchestrator.createTask({ isStreamed: true, ...taskOptionsOf(body) });
        await orchestrator.enqueueTask(id).catch(async (error: unknown) => {
          await discardRefused(orchestrator, id, error);
          throw error;
        });
        const task = viewOfTask(await orchestrator.getTask(id)) as object;
        return {
          ...task,
          eventsUrl: `/api/v1/runs/${encodeURIComponent(id)}/events?after=${encodeURIComponent(after)}`,
        };
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/runs/{id}/events',
      operationId: 'streamRunEvents',
      tag,
      summary: 'Follow one task and those it hands work to, as Server-Sent Events',
      description:
        'Begins with the oldest event kept unless a cursor is given, ends with a message `end` once the task has ended.',
      scope: 'read',
      params: idParams,
      query: runQuery,
      answers: { 200: 'text/event-stream' },
      find: ({ id = '' }) => orchestrator.getTask(id),
      handle: async ({ params, query, request, reply }) => {
        const after = lastEventId(request) ?? query.after ?? (await services.feed.startOf(params.id));
        await streams.send(reply, (signal) => runMessages(services, params.id, after, signal), CLOSING);
      },
    }),
  ];
}

/** Where a reader that comes back goes on, by the standard's header. */
function lastEventId(request: FastifyRequest): string | undefined {
  const header = request.headers['last-event-id'];
  return typeof header === 'string' && header !== '' ? header : undefined;
}

async function* messagesOf(entries: AsyncIterable<EventEntry>, filter: EventFilter): AsyncGenerator<StreamMessage> {
  for await (const entry of entries) if (isWanted(entry, filter)) yield messageOf(entry);
}

/** Events of a run until it has ended; a run that ended before gives what is kept of it. */
async function runMessages(
  services: Services,
  id: string,
  after: string,
  signal: AbortSignal,
): Promise<AsyncIterable<StreamMessage>> {
  const { feed, orchestrator } = services;
  const task = await orchestrator.getTask(id);
  return followRun(task, await feed.read({ after, isFinite: hasEnded(task), signal }), signal);
}

async function* followRun(
  { id, status: known }: TaskInfo,
  entries: AsyncIterable<EventEntry>,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage> {
  const scope = new RunScope(id);
  let status: string = known;
  for await (const entry of entries) {
    if (scope.has(entry)) yield messageOf(entry);
    if (!scope.isEnd(entry)) continue;
    status = (JSON.parse(entry.data) as EventOf<'task-end'>).data.status;
    break;
  }
  if (!signal.aborted) yield { event: 'end', data: JSON.stringify({ taskId: id, status }) };
}

function messageOf({ cursor, type, data }: EventEntry): StreamMessage {
  return { id: cursor, event: type, data };
}

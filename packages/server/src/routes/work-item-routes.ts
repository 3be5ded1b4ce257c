import type {
  ApprovalRecord,
  DeadLetterRecord,
  EscalationAnswer,
  EscalationRecord,
} from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import type { Caller } from '../auth/caller.js';
import { route, type Route } from '../http/route.js';
import { pageByTime } from '../internal/pages.js';
import { viewOfTask } from '../internal/task-view.js';
import { withoutCause } from '../internal/without-cause.js';
import { epochMs, idParams, pageOf, pageQuery, storedErrorSchema } from '../schemas/common.js';
import { taskSchema } from '../schemas/tasks.js';
import type { Services } from '../services.js';

const by = z
  .string()
  .min(1)
  .max(256)
  .optional()
  .describe('Who decides; counts only where the server asks for no key, else the key is who.');
const note = z.string().max(4_000).optional();

const approvalSchema = z.looseObject({
  id: z.string(),
  taskId: z.string(),
  agentId: z.string(),
  agentName: z.string(),
  tool: z.string(),
  arguments: z.unknown(),
  reason: z.string(),
  requestedAt: epochMs,
  expiresAt: epochMs.optional(),
  status: z.enum(['open', 'approved', 'denied', 'expired']),
  answer: z.looseObject({ decision: z.string(), by: z.string(), at: epochMs }).optional(),
});

const approvalAnswerBody = z.strictObject({ decision: z.enum(['approve', 'approve-for-run', 'deny']), by, note });

const escalationSchema = z.looseObject({
  id: z.string(),
  taskId: z.string(),
  step: z.string(),
  error: storedErrorSchema,
  question: z.string(),
  requestedAt: epochMs,
  status: z.enum(['open', 'answered', 'expired']),
  answer: z.looseObject({ action: z.string(), by: z.string(), at: epochMs }).optional(),
});

const escalationAnswerBody = z.strictObject({
  action: z.enum(['retry', 'skip', 'result', 'fail']),
  by,
  note,
  result: z.unknown().optional().describe('With `result`: what the step is said to have given.'),
});

const deadLetterSchema = z.looseObject({
  id: z.string(),
  taskId: z.string(),
  agentId: z.string(),
  reason: z.string(),
  input: z.unknown(),
  errors: z.array(storedErrorSchema),
  writtenAt: epochMs,
  status: z.enum(['open', 'replayed', 'dropped']),
  replayedAs: z.string().optional(),
});

const statusQuery = (statuses: readonly string[]) =>
  pageQuery.extend({
    status: z
      .enum([...statuses, 'all'])
      .default('open')
      .describe('In this status; `all` for every one.'),
  });

/** What waits for people: approvals, escalations, dead letters. */
export function workItemRoutes(services: Services): Route[] {
  return [...approvalRoutes(services), ...escalationRoutes(services), ...deadLetterRoutes(services)];
}

function approvalRoutes({ orchestrator }: Services): Route[] {
  const tag = 'approvals';
  const get = (id: string): Promise<ApprovalRecord> => itemOf('approval', id, () => orchestrator.listApprovals('all'));
  return [
    route({
      method: 'GET',
      path: '/api/v1/approvals',
      operationId: 'listApprovals',
      tag,
      summary: 'Page through tool calls that wait for a person, newest first',
      scope: 'read',
      query: statusQuery(['open', 'approved', 'denied', 'expired']),
      answers: { 200: pageOf(approvalSchema) },
      handle: async ({ query: { status, ...page } }) =>
        pageByTime(await orchestrator.listApprovals(status as 'open'), placeOfRequest, page),
    }),
    route({
      method: 'GET',
      path: '/api/v1/approvals/{id}',
      operationId: 'getApproval',
      tag,
      summary: 'Get an approval',
      scope: 'read',
      params: idParams,
      answers: { 200: approvalSchema },
      handle: ({ params }) => get(params.id),
    }),
    route({
      method: 'POST',
      path: '/api/v1/approvals/{id}/answer',
      operationId: 'answerApproval',
      tag,
      summary: 'Approve or deny a tool call; the first answer counts',
      scope: 'operate',
      params: idParams,
      body: approvalAnswerBody,
      answers: { 200: approvalSchema },
      find: ({ id = '' }) => get(id),
      handle: ({ params, body, caller }) =>
        orchestrator.answerApproval(params.id, {
          decision: body.decision,
          by: decider(caller, body.by),
          ...(body.note === undefined ? {} : { note: body.note }),
        }),
    }),
  ];
}

function escalationRoutes({ orchestrator }: Services): Route[] {
  const tag = 'escalations';
  const get = (id: string): Promise<EscalationRecord> =>
    itemOf('escalation', id, () => orchestrator.listEscalations('all'));
  return [
    route({
      method: 'GET',
      path: '/api/v1/escalations',
      operationId: 'listEscalations',
      tag,
      summary: 'Page through failures that wait for a person, newest first',
      scope: 'read',
      query: statusQuery(['open', 'answered', 'expired']),
      answers: { 200: pageOf(escalationSchema) },
      handle: async ({ query: { status, ...page } }) => {
        const found = pageByTime(await orchestrator.listEscalations(status as 'open'), placeOfRequest, page);
        return { ...found, items: found.items.map(viewOfEscalation) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/escalations/{id}',
      operationId: 'getEscalation',
      tag,
      summary: 'Get an escalation',
      scope: 'read',
      params: idParams,
      answers: { 200: escalationSchema },
      handle: async ({ params }) => viewOfEscalation(await get(params.id)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/escalations/{id}/answer',
      operationId: 'answerEscalation',
      tag,
      summary: 'Decide about a failure; the first answer counts',
      scope: 'operate',
      params: idParams,
      body: escalationAnswerBody,
      answers: { 200: escalationSchema },
      find: ({ id = '' }) => get(id),
      handle: async ({ params, body, caller }) => {
        const answer = { ...body, by: decider(caller, body.by) } as EscalationAnswer;
        return viewOfEscalation(await orchestrator.answerEscalation(params.id, answer));
      },
    }),
  ];
}

function deadLetterRoutes({ orchestrator }: Services): Route[] {
  const tag = 'dead letters';
  const get = (id: string): Promise<DeadLetterRecord> =>
    itemOf('dead letter', id, () => orchestrator.listDeadLetters('all'));
  const find = ({ id = '' }): Promise<unknown> => get(id);
  return [
    route({
      method: 'GET',
      path: '/api/v1/dead-letters',
      operationId: 'listDeadLetters',
      tag,
      summary: 'Page through tasks that failed for good, newest first',
      scope: 'read',
      query: statusQuery(['open', 'replayed', 'dropped']),
      answers: { 200: pageOf(deadLetterSchema) },
      handle: async ({ query: { status, ...page } }) => {
        const letters = await orchestrator.listDeadLetters(status as 'open');
        const found = pageByTime(letters, ({ writtenAt, id }) => ({ at: writtenAt, id }), page);
        return { ...found, items: found.items.map(viewOfLetter) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/dead-letters/{id}',
      operationId: 'getDeadLetter',
      tag,
      summary: 'Get a dead letter',
      scope: 'read',
      params: idParams,
      answers: { 200: deadLetterSchema },
      handle: async ({ params }) => viewOfLetter(await get(params.id)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/dead-letters/{id}/replay',
      operationId: 'replayDeadLetter',
      tag,
      summary: 'Run the task of a dead letter again, as a new task',
      scope: 'operate',
      params: idParams,
      answers: { 202: taskSchema },
      find,
      handle: async ({ params }) =>
        viewOfTask(await orchestrator.getTask(await orchestrator.replayDeadLetter(params.id))),
    }),
    route({
      method: 'POST',
      path: '/api/v1/dead-letters/{id}/drop',
      operationId: 'dropDeadLetter',
      tag,
      summary: 'Put a dead letter away',
      scope: 'operate',
      params: idParams,
      answers: { 200: deadLetterSchema },
      find,
      handle: async ({ params }) => {
        const { status } = await get(params.id);
        if (status === 'replayed') {
          throw new OrchestratorError('STATE_CONFLICT', `Dead letter "${params.id}" was replayed already.`);
        }
        await orchestrator.dropDeadLetter(params.id);
        return viewOfLetter(await get(params.id));
      },
    }),
  ];
}

function viewOfEscalation(item: EscalationRecord): unknown {
  return { ...item, error: withoutCause(item.error) };
}

function viewOfLetter(item: DeadLetterRecord): unknown {
  return { ...item, errors: item.errors.map(withoutCause) };
}

function placeOfRequest({ requestedAt, id }: { readonly requestedAt: number; readonly id: string }): {
  at: number;
  id: string;
} {
  return { at: requestedAt, id };
}

async function itemOf<Item extends { readonly id: string }>(
  kind: string,
  id: string,
  list: () => Promise<Item[]>,
): Promise<Item> {
  const found = (await list()).find((item) => item.id === id);
  if (found === undefined) throw new OrchestratorError('NOT_FOUND', `There is no ${kind} "${id}".`);
  return found;
}

/** Who decided: the holder of the key, where keys are asked for. */
function decider(caller: Caller, claimed: string | undefined): string {
  return caller.id === 'anonymous' ? (claimed ?? 'anonymous') : caller.name;
}

import type { MessageItem } from '@master-orchestrator/contracts';
import { classify } from '@master-orchestrator/errors';
import { z } from 'zod';
import { route, type Route } from '../http/route.js';
import { closedSignal } from '../internal/closed-signal.js';
import { outputSchemaOf } from '../internal/output-schema.js';
import { idParams } from '../schemas/common.js';
import type { Services } from '../services.js';
import { agentOfModel, ask, type AgentAnswer, type Question } from './agent-answer.js';
import { firstPiece } from './first-piece.js';
import { inputSchema, messagesOfInput } from './response-input.js';
import { closedResponse, messageOf, openResponse, responseSchema, type ResponseObject } from './response-object.js';
import { responseEvents } from './response-events.js';
import { isFilled, OWN_TOOLS, refuse } from './unsupported.js';

const requestSchema = z
  .looseObject({
    model: z.string().min(1).max(256).describe('Id or name of an agent.'),
    input: inputSchema,
    instructions: z.string().nullish().describe('Come before the input, beside those of the agent.'),
    previous_response_id: z.string().min(1).max(256).nullish(),
    stream: z.boolean().nullish(),
    store: z.boolean().nullish().describe('Keep the response for 30 days. Default true.'),
    metadata: z.record(z.string(), z.string()).nullish().describe('Becomes the labels of the task.'),
    text: z
      .looseObject({
        format: z
          .union([
            z.looseObject({ type: z.literal('text') }),
            z.looseObject({ type: z.literal('json_object') }),
            z.looseObject({
              type: z.literal('json_schema'),
              name: z.string(),
              schema: z.record(z.string(), z.unknown()),
            }),
          ])
          .optional(),
      })
      .nullish(),
    tools: z.array(z.unknown()).nullish().describe('Refused where not empty: the agent has its own.'),
    background: z.boolean().nullish().describe('False alone.'),
    conversation: z.unknown().optional(),
    prompt: z.unknown().optional(),
  })
  .describe('Settings of sampling are taken and left to the agent.');

type ResponseRequest = z.output<typeof requestSchema>;

/** Agents behind OpenAI's Responses API. */
export function responseRoutes(services: Services): Route[] {
  const { responses } = services;
  const tag = 'openai';
  return [
    route({
      method: 'POST',
      path: '/v1/responses',
      operationId: 'createResponse',
      tag,
      summary: 'Ask an agent, as a response, plain or streamed',
      description: 'The task is cancelled where the client goes away.',
      scope: 'operate',
      body: requestSchema,
      answers: { 200: responseSchema },
      handle: async ({ body, reply }) => {
        const messages = messagesOfInput(body.input);
        const question = await questionOf(services, body, messages);
        const gone = closedSignal(reply.raw);
        if (question.isStreamed) services.streams.assertPlace();
        const answer = await ask(services, question, gone);
        const open = openResponse({ ...factsOf(body), taskId: answer.taskId, now: services.clock.now() });
        const done = finish(services, answer, open, messages);
        if (!question.isStreamed) return done;
        done.catch(() => undefined);
        const pieces = await firstPiece(answer.pieces, services.clock, gone);
        await services.streams.send(reply, () => responseEvents({ open, pieces, done, taskId: answer.taskId }));
      },
    }),
    route({
      method: 'GET',
      path: '/v1/responses/{id}',
      operationId: 'getResponse',
      tag,
      summary: 'Get a stored response',
      scope: 'read',
      params: idParams,
      answers: { 200: responseSchema },
      handle: ({ params }) => responses.get(params.id),
    }),
    route({
      method: 'DELETE',
      path: '/v1/responses/{id}',
      operationId: 'deleteResponse',
      tag,
      summary: 'Forget a stored response',
      scope: 'operate',
      params: idParams,
      answers: { 200: z.object({ id: z.string(), object: z.literal('response'), deleted: z.literal(true) }) },
      handle: async ({ params }) => {
        await responses.delete(params.id);
        return { id: params.id, object: 'response', deleted: true };
      },
    }),
  ];
}

async function questionOf(
  { orchestrator, responses }: Services,
  body: ResponseRequest,
  messages: readonly MessageItem[],
): Promise<Question> {
  refuse('tools', isFilled(body.tools), OWN_TOOLS);
  refuse('background', body.background === true, 'POST /api/v1/runs starts work that goes on without you.');
  refuse('conversation', isGiven(body.conversation), 'use previous_response_id.');
  refuse('prompt', isGiven(body.prompt), 'the agent has its own instructions.');
  const agentId = await agentOfModel(orchestrator, body.model);
  const { previous_response_id: previousId, instructions } = body;
  const before = typeof previousId === 'string' ? await responses.conversation(previousId) : [];
  const first: MessageItem[] =
    typeof instructions === 'string' && instructions !== ''
      ? [{ type: 'message', role: 'system', content: instructions }]
      : [];
  const format = body.text?.format;
  const schema =
    format?.type === 'json_schema'
      ? outputSchemaOf(format.schema, 'REQUEST_INVALID')
      : format?.type === 'json_object'
        ? z.record(z.string(), z.unknown())
        : undefined;
  return {
    agentId,
    messages: [...first, ...before, ...messages],
    outputSchema: schema,
    labels: body.metadata ?? undefined,
    isStreamed: body.stream === true,
  };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function factsOf(body: ResponseRequest): Omit<Parameters<typeof openResponse>[0], 'taskId' | 'now'> {
  return {
    model: body.model,
    instructions: body.instructions ?? null,
    previousId: body.previous_response_id ?? null,
    metadata: body.metadata ?? {},
    isStored: body.store !== false,
    format: body.text?.format ?? { type: 'text' },
  };
}

/** The whole response; kept where the client did not say otherwise. */
async function finish(
  { responses, redactor, logger }: Services,
  answer: AgentAnswer,
  open: ResponseObject,
  messages: readonly MessageItem[],
): Promise<ResponseObject> {
  const { text, result } = await answer.whole;
  const isPartial = result.isPartial === true;
  const message = messageOf(answer.taskId, text, isPartial ? 'incomplete' : 'completed');
  const response = closedResponse(open, message, result.usage, isPartial);
  if (open['store'] !== true) return response;
  try {
    const kept = { previousId: open.previous_response_id, messages, response };
    await responses.keep(redactor.redact(kept) as unknown as typeof kept);
  } catch (error) {
    logger.warn({ taskId: answer.taskId, err: classify(error).toJSON() }, 'a response could not be kept');
  }
  return response;
}

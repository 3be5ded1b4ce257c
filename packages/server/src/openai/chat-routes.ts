import type { ModelUsage } from '@master-orchestrator/contracts';
import { classify } from '@master-orchestrator/errors';
import { z } from 'zod';
import { openaiErrorBody } from '../errors/error-body.js';
import { statusOf } from '../errors/status-of.js';
import type { StreamMessage } from '../events/send-events.js';
import { route, type Route } from '../http/route.js';
import { closedSignal } from '../internal/closed-signal.js';
import { outputSchemaOf } from '../internal/output-schema.js';
import type { Services } from '../services.js';
import { agentOfModel, ask, type AgentAnswer, type Question } from './agent-answer.js';
import { chatMessageSchema, messagesOfChat } from './chat-messages.js';
import { firstPiece } from './first-piece.js';
import { isFilled, OWN_TOOLS, refuse } from './unsupported.js';

const requestSchema = z
  .looseObject({
    model: z.string().min(1).max(256).describe('Id or name of an agent.'),
    messages: z.array(chatMessageSchema).min(1).max(10_000),
    stream: z.boolean().nullish(),
    stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
    response_format: z
      .union([
        z.looseObject({ type: z.literal('text') }),
        z.looseObject({ type: z.literal('json_object') }),
        z.looseObject({
          type: z.literal('json_schema'),
          json_schema: z.looseObject({ name: z.string(), schema: z.record(z.string(), z.unknown()).optional() }),
        }),
      ])
      .nullish(),
    metadata: z.record(z.string(), z.string()).nullish().describe('Becomes the labels of the task.'),
    tools: z.array(z.unknown()).nullish().describe('Refused where not empty: the agent has its own.'),
    functions: z.array(z.unknown()).nullish(),
    n: z.int().nullish().describe('1 alone.'),
  })
  .describe('Settings of sampling are taken and left to the agent.');

type ChatRequest = z.output<typeof requestSchema>;

const usageSchema = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
  prompt_tokens_details: z.object({ cached_tokens: z.number() }),
  completion_tokens_details: z.object({ reasoning_tokens: z.number() }),
});

const completionSchema = z.object({
  id: z.string().describe('chatcmpl- and the id of the task.'),
  object: z.literal('chat.completion'),
  created: z.number().describe('Seconds since the Unix epoch.'),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.literal(0),
      message: z.object({ role: z.literal('assistant'), content: z.string(), refusal: z.null() }),
      logprobs: z.null(),
      finish_reason: z.enum(['stop', 'length']),
    }),
  ),
  usage: usageSchema,
});

/** Agents behind OpenAI's chat API. */
export function chatRoutes(services: Services): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/chat/completions',
      operationId: 'createChatCompletion',
      tag: 'openai',
      summary: 'Ask an agent, as a chat completion, plain or streamed',
      description: 'The task is cancelled where the client goes away.',
      scope: 'operate',
      body: requestSchema,
      answers: { 200: completionSchema },
      handle: async ({ body, reply }) => {
        const question = await questionOf(services, body);
        const gone = closedSignal(reply.raw);
        if (question.isStreamed) services.streams.assertPlace();
        const answer = await ask(services, question, gone);
        const head = headOf(answer, body.model, services.clock.now());
        if (!question.isStreamed) return completionOf(head, await answer.whole);
        answer.whole.catch(() => undefined);
        const pieces = await firstPiece(answer.pieces, services.clock, gone);
        const first = chunkOf(head, { role: 'assistant', content: '' });
        const withUsage = body.stream_options?.include_usage === true;
        await services.streams.send(reply, () => chunks({ head, first, pieces, answer, withUsage }));
      },
    }),
  ];
}

async function questionOf({ orchestrator }: Services, body: ChatRequest): Promise<Question> {
  refuse('tools', isFilled(body.tools) || isFilled(body.functions), OWN_TOOLS);
  refuse('n', (body.n ?? 1) !== 1, 'an agent gives one answer.');
  refuse(
    'messages',
    body.messages.some((message) => message.role === 'assistant' && isFilled(message['tool_calls'])),
    OWN_TOOLS,
  );
  const format = body.response_format;
  const schema =
    format?.type === 'json_schema'
      ? outputSchemaOf(format.json_schema.schema ?? {}, 'REQUEST_INVALID')
      : format?.type === 'json_object'
        ? z.record(z.string(), z.unknown())
        : undefined;
  return {
    agentId: await agentOfModel(orchestrator, body.model),
    messages: messagesOfChat(body.messages),
    outputSchema: schema,
    labels: body.metadata ?? undefined,
    isStreamed: body.stream === true,
  };
}

interface Head {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

function headOf({ taskId }: AgentAnswer, model: string, now: number): Head {
  return { id: `chatcmpl-${taskId}`, created: Math.floor(now / 1_000), model };
}

type Whole = Awaited<AgentAnswer['whole']>;

function completionOf(head: Head, { text, result }: Whole): z.output<typeof completionSchema> {
  return {
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null },
        logprobs: null,
        finish_reason: result.isPartial === true ? 'length' : 'stop',
      },
    ],
    usage: usageOf(result.usage),
  };
}

function chunkOf(head: Head, delta: object, finish: 'stop' | 'length' | null = null): object {
  return {
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  };
}

interface ChunkParts {
  readonly head: Head;
  readonly first: object;
  readonly pieces: AsyncIterable<string>;
  readonly answer: AgentAnswer;
  readonly withUsage: boolean;
}

async function* chunks({ head, first, pieces, answer, withUsage }: ChunkParts): AsyncGenerator<StreamMessage> {
  yield messageOf(first);
  try {
    for await (const content of pieces) yield messageOf(chunkOf(head, { content }));
    const { result } = await answer.whole;
    yield messageOf(chunkOf(head, {}, result.isPartial === true ? 'length' : 'stop'));
    if (withUsage) {
      yield messageOf({ ...head, object: 'chat.completion.chunk', choices: [], usage: usageOf(result.usage) });
    }
  } catch (thrown) {
    const error = classify(thrown);
    yield messageOf(openaiErrorBody(error, answer.taskId, statusOf(error)));
    return;
  }
  yield { data: '[DONE]' };
}

function messageOf(value: object): StreamMessage {
  return { data: JSON.stringify(value) };
}

function usageOf(usage: ModelUsage): z.output<typeof usageSchema> {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedInputTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}

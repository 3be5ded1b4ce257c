import { z } from 'zod';

const count = z.int().min(0);
const functionCall = z.object({
  type: z.literal('function_call'),
  id: z.string().optional(),
  call_id: z.string().min(1),
  name: z.string().min(1),
  arguments: z.string(),
  status: z.enum(['in_progress', 'completed', 'incomplete']).optional(),
});
const outputText = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.unknown()),
  logprobs: z.array(z.unknown()),
});
const refusal = z.object({ type: z.literal('refusal'), refusal: z.string() });
const messagePart = z.discriminatedUnion('type', [outputText, refusal]);
const message = z.object({
  type: z.literal('message'),
  id: z.string(),
  role: z.literal('assistant'),
  status: z.enum(['in_progress', 'completed', 'incomplete']),
  content: z.array(messagePart),
});
const summaryPart = z.object({ type: z.literal('summary_text'), text: z.string() });
const reasoning = z.object({ type: z.literal('reasoning'), id: z.string(), summary: z.array(summaryPart) });
const outputItem = z.discriminatedUnion('type', [message, functionCall, reasoning]);

/** A plain answer of `/v1/responses`, the parts a conversation with functions uses. Further fields pass. */
export const responseSchema = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.number(),
  status: z.enum(['completed', 'failed', 'in_progress', 'cancelled', 'queued', 'incomplete']),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  incomplete_details: z.object({ reason: z.enum(['max_output_tokens', 'content_filter']) }).nullable(),
  model: z.string(),
  output: z.array(outputItem),
  usage: z
    .object({
      input_tokens: count,
      input_tokens_details: z.object({ cached_tokens: count }),
      output_tokens: count,
      output_tokens_details: z.object({ reasoning_tokens: count }),
      total_tokens: count,
    })
    .optional(),
});

const place = { item_id: z.string(), output_index: count, content_index: count };
const summaryPlace = { item_id: z.string(), output_index: count, summary_index: count };

function event<Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return z.object({ type: z.literal(type), sequence_number: count, ...shape });
}

/** One event of a streamed answer of `/v1/responses`. */
export const responseEventSchema = z.discriminatedUnion('type', [
  event('response.created', { response: responseSchema }),
  event('response.in_progress', { response: responseSchema }),
  event('response.completed', { response: responseSchema }),
  event('response.incomplete', { response: responseSchema }),
  event('response.failed', { response: responseSchema }),
  event('response.output_item.added', { output_index: count, item: outputItem }),
  event('response.output_item.done', { output_index: count, item: outputItem }),
  event('response.content_part.added', { ...place, part: messagePart }),
  event('response.content_part.done', { ...place, part: messagePart }),
  event('response.output_text.delta', { ...place, delta: z.string(), logprobs: z.array(z.unknown()) }),
  event('response.output_text.done', { ...place, text: z.string(), logprobs: z.array(z.unknown()) }),
  event('response.refusal.delta', { ...place, delta: z.string() }),
  event('response.refusal.done', { ...place, refusal: z.string() }),
  event('response.function_call_arguments.delta', { item_id: z.string(), output_index: count, delta: z.string() }),
  event('response.function_call_arguments.done', {
    item_id: z.string(),
    output_index: count,
    name: z.string(),
    arguments: z.string(),
  }),
  event('response.reasoning_summary_part.added', { ...summaryPlace, part: summaryPart }),
  event('response.reasoning_summary_part.done', { ...summaryPlace, part: summaryPart }),
  event('response.reasoning_summary_text.delta', { ...summaryPlace, delta: z.string() }),
  event('response.reasoning_summary_text.done', { ...summaryPlace, text: z.string() }),
  event('error', { code: z.string().nullable(), message: z.string(), param: z.string().nullable() }),
]);

const finishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'function_call']);
const chatUsage = z.object({ prompt_tokens: count, completion_tokens: count, total_tokens: count });

/** A plain answer of `/v1/chat/completions`. Further fields pass. */
export const chatCompletionSchema = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: count,
      finish_reason: finishReason,
      logprobs: z.null(),
      message: z.object({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        refusal: z.string().nullable(),
        tool_calls: z
          .array(
            z.object({
              id: z.string().min(1),
              type: z.literal('function'),
              function: z.object({ name: z.string().min(1), arguments: z.string() }),
            }),
          )
          .optional(),
      }),
    }),
  ),
  usage: chatUsage.optional(),
});

/** One chunk of a streamed answer of `/v1/chat/completions`. Further fields pass. */
export const chatChunkSchema = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: count,
      finish_reason: finishReason.nullable(),
      delta: z.object({
        role: z.literal('assistant').optional(),
        content: z.string().nullish(),
        refusal: z.string().nullish(),
        tool_calls: z
          .array(
            z.object({
              index: count,
              id: z.string().optional(),
              type: z.literal('function').optional(),
              function: z.object({ name: z.string().optional(), arguments: z.string().optional() }).optional(),
            }),
          )
          .optional(),
      }),
    }),
  ),
  usage: chatUsage.nullish(),
});

/** The body of an error, in OpenAI's shape. */
export const errorBodySchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

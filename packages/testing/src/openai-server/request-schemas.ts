import { z } from 'zod';

const functionName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const jsonSchema = z.record(z.string(), z.unknown());
const temperature = z.number().min(0).max(2).nullish();
const topP = z.number().min(0).max(1).nullish();
const tokenLimit = z.int().min(1).nullish();
const stream = z.boolean().nullish();
const metadata = z.record(z.string(), z.string()).nullish();
const choiceWord = z.enum(['none', 'auto', 'required']);

const chatFunction = z.object({
  name: functionName,
  description: z.string().optional(),
  parameters: jsonSchema.optional(),
  strict: z.boolean().nullish(),
});
const chatTool = z.object({ type: z.literal('function'), function: chatFunction });
const textPart = z.object({ type: z.literal('text'), text: z.string() });
const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() });
const imagePart = z.object({
  type: z.literal('image_url'),
  image_url: z.object({ url: z.string().min(1), detail: z.enum(['auto', 'low', 'high']).optional() }),
});
const filePart = z.object({
  type: z.literal('file'),
  file: z.object({
    filename: z.string().optional(),
    file_data: z.string().optional(),
    file_id: z.string().optional(),
  }),
});
const chatToolCall = z.object({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.object({ name: functionName, arguments: z.string() }),
});

const chatMessage = z.discriminatedUnion('role', [
  z.object({
    role: z.enum(['system', 'developer']),
    content: z.union([z.string(), z.array(textPart).min(1)]),
    name: z.string().optional(),
  }),
  z.object({
    role: z.literal('user'),
    content: z.union([z.string(), z.array(z.union([textPart, imagePart, filePart])).min(1)]),
    name: z.string().optional(),
  }),
  z
    .object({
      role: z.literal('assistant'),
      content: z.union([z.string(), z.array(z.union([textPart, refusalPart])).min(1)]).nullish(),
      refusal: z.string().nullish(),
      tool_calls: z.array(chatToolCall).min(1).optional(),
    })
    .refine((message) => (message.content ?? message.refusal ?? message.tool_calls) != null, {
      message: "an assistant message needs 'content', 'refusal' or 'tool_calls'",
    }),
  z.object({
    role: z.literal('tool'),
    tool_call_id: z.string().min(1),
    content: z.union([z.string(), z.array(textPart).min(1)]),
  }),
]);

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: functionName,
      description: z.string().optional(),
      schema: jsonSchema.optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

/**
 * A request to `/v1/chat/completions`, the parts a chat with functions uses. Source: OpenAI's published API
 * description, version 2.3.0. Fields that are not listed pass.
 */
export const chatRequestSchema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(chatMessage).min(1),
  tools: z.array(chatTool).min(1).max(128).optional(),
  tool_choice: z
    .union([choiceWord, z.object({ type: z.literal('function'), function: z.object({ name: functionName }) })])
    .optional(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: responseFormat.optional(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  temperature,
  top_p: topP,
  max_tokens: tokenLimit,
  max_completion_tokens: tokenLimit,
  seed: z.int().nullish(),
  stream,
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  metadata,
});

const inputPart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('input_text'), text: z.string() }),
  z.object({
    type: z.literal('input_image'),
    image_url: z.string().nullish(),
    file_id: z.string().nullish(),
    detail: z.enum(['low', 'high', 'auto', 'original']).nullish(),
  }),
  z.object({
    type: z.literal('input_file'),
    filename: z.string().optional(),
    file_data: z.string().optional(),
    file_id: z.string().nullish(),
    file_url: z.string().optional(),
  }),
]);
const outputPart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('output_text'), text: z.string() }),
  z.object({ type: z.literal('refusal'), refusal: z.string() }),
]);
const itemStatus = z.enum(['in_progress', 'completed', 'incomplete']).nullish();

const inputMessage = z.discriminatedUnion('role', [
  z.object({
    type: z.literal('message').optional(),
    role: z.enum(['user', 'system', 'developer']),
    content: z.union([z.string(), z.array(inputPart)]),
    status: itemStatus,
  }),
  z.object({
    type: z.literal('message').optional(),
    role: z.literal('assistant'),
    content: z.union([z.string(), z.array(outputPart)]),
    id: z.string().optional(),
    status: itemStatus,
  }),
]);
const functionCall = z.object({
  type: z.literal('function_call'),
  call_id: z.string().min(1).max(64),
  name: functionName,
  arguments: z.string(),
  id: z.string().optional(),
  status: itemStatus,
});
const functionCallOutput = z.object({
  type: z.literal('function_call_output'),
  call_id: z.string().min(1).max(64),
  output: z.union([z.string(), z.array(inputPart)]),
  id: z.string().nullish(),
  status: itemStatus,
});
const reasoningItem = z.object({
  type: z.literal('reasoning'),
  id: z.string(),
  summary: z.array(z.object({ type: z.literal('summary_text'), text: z.string() })),
  encrypted_content: z.string().nullish(),
  status: itemStatus,
});
const itemReference = z.object({ type: z.literal('item_reference').nullish(), id: z.string() });

const responsesTool = z.object({
  type: z.literal('function'),
  name: functionName,
  description: z.string().nullish(),
  parameters: jsonSchema.nullable(),
  strict: z.boolean().nullable(),
});
const textFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    name: functionName,
    description: z.string().optional(),
    schema: jsonSchema,
    strict: z.boolean().nullish(),
  }),
]);

/**
 * A request to `/v1/responses`, the parts a conversation with functions uses. Source: OpenAI's published API
 * description, version 2.3.0. Fields that are not listed pass.
 */
export const responsesRequestSchema = z.looseObject({
  model: z.string().min(1),
  input: z.union([
    z.string(),
    z.array(z.union([functionCall, functionCallOutput, reasoningItem, inputMessage, itemReference])),
  ]),
  instructions: z.string().nullish(),
  previous_response_id: z.string().nullish(),
  tools: z.array(responsesTool).optional(),
  tool_choice: z.union([choiceWord, z.object({ type: z.literal('function'), name: functionName })]).optional(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.object({ format: textFormat.optional(), verbosity: z.enum(['low', 'medium', 'high']).nullish() }).optional(),
  reasoning: z
    .looseObject({ effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish() })
    .nullish(),
  temperature,
  top_p: topP,
  max_output_tokens: z.int().min(16).nullish(),
  include: z.array(z.string()).nullish(),
  store: z.boolean().nullish(),
  stream,
  metadata,
});

/** What {@link chatRequestSchema} gives. */
export type ChatRequest = z.output<typeof chatRequestSchema>;

/** What {@link responsesRequestSchema} gives. */
export type ResponsesRequest = z.output<typeof responsesRequestSchema>;

import type { ModelUsage } from '@master-orchestrator/contracts';
import { z } from 'zod';

const outputText = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.unknown()),
  logprobs: z.array(z.unknown()),
});

const outputMessage = z.object({
  id: z.string(),
  type: z.literal('message'),
  role: z.literal('assistant'),
  status: z.enum(['in_progress', 'completed', 'incomplete']),
  content: z.array(outputText),
});

/** A response of `/v1/responses`. */
export const responseSchema = z.looseObject({
  id: z.string().describe('resp_ and the id of the task.'),
  object: z.literal('response'),
  created_at: z.number().describe('Seconds since the Unix epoch.'),
  status: z.enum(['in_progress', 'completed', 'incomplete', 'failed']),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  incomplete_details: z.object({ reason: z.string() }).nullable(),
  model: z.string(),
  output: z.array(outputMessage),
  previous_response_id: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  usage: z
    .object({
      input_tokens: z.number(),
      input_tokens_details: z.object({ cached_tokens: z.number() }),
      output_tokens: z.number(),
      output_tokens_details: z.object({ reasoning_tokens: z.number() }),
      total_tokens: z.number(),
    })
    .nullable(),
});

/** A response. */
export type ResponseObject = z.output<typeof responseSchema>;
/** A message of a response. */
export type OutputMessage = z.output<typeof outputMessage>;

/** What is known of a response before there is an answer. */
export interface ResponseFacts {
  readonly taskId: string;
  readonly model: string;
  /** Milliseconds since the epoch. */ readonly now: number;
  readonly instructions: string | null;
  readonly previousId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly isStored: boolean;
  readonly format: unknown;
}

/** A response that is under way. */
export function openResponse(facts: ResponseFacts): ResponseObject {
  return {
    id: `resp_${facts.taskId}`,
    object: 'response',
    created_at: Math.floor(facts.now / 1_000),
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    instructions: facts.instructions,
    metadata: { ...facts.metadata },
    model: facts.model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: facts.previousId,
    store: facts.isStored,
    temperature: null,
    text: { format: facts.format },
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    usage: null,
  };
}

/** The message of a response. */
export function messageOf(taskId: string, text: string, status: OutputMessage['status']): OutputMessage {
  return {
    id: `msg_${taskId}`,
    type: 'message',
    role: 'assistant',
    status,
    content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
  };
}

/** The response with its answer. */
export function closedResponse(
  open: ResponseObject,
  message: OutputMessage,
  usage: ModelUsage,
  isPartial: boolean,
): ResponseObject {
  return {
    ...open,
    status: isPartial ? 'incomplete' : 'completed',
    incomplete_details: isPartial ? { reason: 'max_output_tokens' } : null,
    output: [message],
    usage: {
      input_tokens: usage.inputTokens,
      input_tokens_details: { cached_tokens: usage.cachedInputTokens },
      output_tokens: usage.outputTokens,
      output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
      total_tokens: usage.inputTokens + usage.outputTokens,
    },
  };
}

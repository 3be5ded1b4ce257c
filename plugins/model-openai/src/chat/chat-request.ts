import type { ModelRequest, ModelToolSpec, ToolChoice } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import type {
  ChatCompletionCreateParams,
  ChatCompletionFunctionTool,
  ChatCompletionToolChoiceOption,
} from 'openai/resources/chat/completions/completions';
import { toolListConverter } from '../wire/body-json.js';
import type { JsonObject } from '../wire/json-value.js';
import { withExtra } from '../wire/request-parts.js';
import type { BodyInput } from '../wire/wire-api.js';
import { chatMessages } from './chat-messages.js';

/** Streamed or not, which is told last. */
type Body = Omit<ChatCompletionCreateParams, 'stream'> & { stream?: boolean };

/**
 * Body of a request to Chat Completions.
 *
 * @throws OrchestratorError REQUEST_INVALID where a stored conversation is to be continued: this API has none.
 */
export function chatBody(input: BodyInput): JsonObject {
  const { request, capabilities, isStream } = input;
  if (request.previousResponseId !== undefined) throw noStoredConversation(request);
  const body: Body = { model: input.model, messages: chatMessages(input) };
  addTools(body, input);
  addSettings(body, input);
  addFormat(body, request, capabilities.outputFormat);
  if (isStream) body.stream = true;
  if (isStream && capabilities.streamUsage) body.stream_options = { include_usage: true };
  return withExtra(body, request.settings.extra);
}

function noStoredConversation({ model }: ModelRequest): OrchestratorError {
  const message = `Model "${model}" is called through Chat Completions, which keeps no conversation to continue by previousResponseId. Send the whole conversation, or choose the Responses API (option api: 'responses').`;
  return new OrchestratorError('REQUEST_INVALID', message, { details: { model, parameter: 'previousResponseId' } });
}

function addTools(body: Body, { request, capabilities }: BodyInput): void {
  if (request.tools.length === 0) return;
  const { toolChoice, settings } = request;
  body.tools = toolsOf(request.tools, capabilities.strictTools);
  const isChosen = toolChoice !== undefined && toolChoice !== 'auto' && capabilities.toolChoice;
  if (isChosen) body.tool_choice = choiceOf(toolChoice);
  if (settings.parallelToolCalls === false && capabilities.parallelToolCalls) body.parallel_tool_calls = false;
}

const toolsOf = toolListConverter(toolOf);

function toolOf(
  { name, description, parameters, isStrict }: ModelToolSpec,
  acceptsStrict: boolean,
): ChatCompletionFunctionTool {
  const strict = isStrict && acceptsStrict ? { strict: true } : {};
  return { type: 'function', function: { name, description, parameters, ...strict } };
}

function choiceOf(choice: ToolChoice): ChatCompletionToolChoiceOption {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.tool } };
}

function addSettings(body: Body, { request, capabilities, store }: BodyInput): void {
  const { temperature, topP, maxOutputTokens, reasoningEffort, seed, serviceTier } = request.settings;
  if (temperature !== undefined && capabilities.sampling) body.temperature = temperature;
  if (topP !== undefined && capabilities.sampling) body.top_p = topP;
  if (maxOutputTokens !== undefined) body[capabilities.maxTokensField] = maxOutputTokens;
  if (reasoningEffort !== undefined && capabilities.reasoningEffort) body.reasoning_effort = reasoningEffort;
  if (seed !== undefined && capabilities.seed) body.seed = seed;
  if (serviceTier !== undefined && capabilities.serviceTier)
    body.service_tier = serviceTier as NonNullable<Body['service_tier']>;
  if (store !== undefined && capabilities.store) body.store = store;
}

function addFormat(body: Body, { outputSchema }: ModelRequest, format: 'json_schema' | 'json_object' | 'text'): void {
  if (outputSchema === undefined || format === 'text') return;
  const { name, schema, isStrict } = outputSchema;
  body.response_format =
    format === 'json_object'
      ? { type: 'json_object' }
      : { type: 'json_schema', json_schema: { name, schema, strict: isStrict } };
}

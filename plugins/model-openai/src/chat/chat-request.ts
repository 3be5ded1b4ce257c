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

type Body = ChatCompletionCreateParams;

/**
 * Body of a request to Chat Completions.
 *
 * @throws OrchestratorError REQUEST_INVALID where a stored conversation is to be continued: this API has none.
 */
export function chatBody(input: BodyInput): JsonObject {
  const { request, capabilities, isStream } = input;
  if (request.previousResponseId !== undefined) throw noStoredConversation(request);
  const body: Body = {
    model: input.model,
    messages: chatMessages(input),
    ...toolFields(input),
    ...settingFields(input),
    ...formatFields(request, capabilities.outputFormat),
    ...(isStream ? { stream: true } : {}),
    ...(isStream && capabilities.streamUsage ? { stream_options: { include_usage: true } } : {}),
  };
  return withExtra(body as unknown as JsonObject, request.settings.extra);
}

function noStoredConversation({ model }: ModelRequest): OrchestratorError {
  const message = `Model "${model}" is called through Chat Completions, which keeps no conversation to continue by previousResponseId. Send the whole conversation, or choose the Responses API (option api: 'responses').`;
  return new OrchestratorError('REQUEST_INVALID', message, { details: { model, parameter: 'previousResponseId' } });
}

function toolFields({ request, capabilities }: BodyInput): Partial<Body> {
  if (request.tools.length === 0) return {};
  const { toolChoice, settings } = request;
  const isChosen = toolChoice !== undefined && toolChoice !== 'auto' && capabilities.toolChoice;
  return {
    tools: toolsOf(request.tools, capabilities.strictTools),
    ...(isChosen ? { tool_choice: choiceOf(toolChoice) } : {}),
    ...(settings.parallelToolCalls === false && capabilities.parallelToolCalls ? { parallel_tool_calls: false } : {}),
  };
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

function settingFields({ request, capabilities, store }: BodyInput): Partial<Body> {
  const { temperature, topP, maxOutputTokens, reasoningEffort, seed, serviceTier } = request.settings;
  const fields: Partial<Body> = {};
  if (temperature !== undefined && capabilities.sampling) fields.temperature = temperature;
  if (topP !== undefined && capabilities.sampling) fields.top_p = topP;
  if (maxOutputTokens !== undefined) fields[capabilities.maxTokensField] = maxOutputTokens;
  if (reasoningEffort !== undefined && capabilities.reasoningEffort) fields.reasoning_effort = reasoningEffort;
  if (seed !== undefined && capabilities.seed) fields.seed = seed;
  if (serviceTier !== undefined && capabilities.serviceTier)
    fields.service_tier = serviceTier as NonNullable<Body['service_tier']>;
  if (store !== undefined && capabilities.store) fields.store = store;
  return fields;
}

function formatFields(
  { outputSchema }: ModelRequest,
  format: 'json_schema' | 'json_object' | 'text',
): Pick<Body, 'response_format'> {
  if (outputSchema === undefined || format === 'text') return {};
  if (format === 'json_object') return { response_format: { type: 'json_object' } };
  const { name, schema, isStrict } = outputSchema;
  return { response_format: { type: 'json_schema', json_schema: { name, schema, strict: isStrict } } };
}

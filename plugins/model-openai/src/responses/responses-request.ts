import type { ModelRequest, ModelToolSpec, ToolChoice } from '@master-orchestrator/contracts';
import type { FunctionTool, ResponseCreateParams, ResponseTextConfig } from 'openai/resources/responses/responses';
import { toolListConverter } from '../wire/body-json.js';
import type { JsonObject } from '../wire/json-value.js';
import { instructionsOf, withExtra } from '../wire/request-parts.js';
import type { BodyInput } from '../wire/wire-api.js';
import { responsesInput } from './responses-input.js';

/** The API refuses a smaller bound. */
const SMALLEST_BOUND = 16;

type Body = ResponseCreateParams;

/** Body of a request to the Responses API. */
export function responsesBody(input: BodyInput): JsonObject {
  const { request, capabilities } = input;
  const instructions = instructionsOf(request, capabilities);
  const body: Body = {
    model: input.model,
    ...(instructions === undefined ? {} : { instructions }),
    input: responsesInput(input),
    ...toolFields(input),
    ...settingFields(input),
    ...formatFields(request, capabilities.outputFormat),
    ...(request.previousResponseId === undefined ? {} : { previous_response_id: request.previousResponseId }),
    ...(input.isStream ? { stream: true } : {}),
  };
  return withExtra(body as unknown as JsonObject, request.settings.extra);
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

function toolOf(tool: ModelToolSpec, acceptsStrict: boolean): FunctionTool {
  return {
    type: 'function',
    name: tool.name,
    description: tool.description,
    parameters: tool.parameters,
    strict: tool.isStrict && acceptsStrict,
  };
}

function choiceOf(choice: ToolChoice): NonNullable<Body['tool_choice']> {
  return typeof choice === 'string' ? choice : { type: 'function', name: choice.tool };
}

function settingFields({ request, capabilities, store }: BodyInput): Partial<Body> {
  const { temperature, topP, maxOutputTokens, reasoningEffort, serviceTier } = request.settings;
  const isUnstored = store === false || (store === undefined && capabilities.encryptedReasoning === 'always');
  const wantsReasoning = isUnstored && capabilities.encryptedReasoning !== 'never';
  return {
    ...(temperature !== undefined && capabilities.sampling ? { temperature } : {}),
    ...(topP !== undefined && capabilities.sampling ? { top_p: topP } : {}),
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: Math.max(SMALLEST_BOUND, maxOutputTokens) }),
    ...(reasoningEffort !== undefined && capabilities.reasoningEffort
      ? { reasoning: { effort: reasoningEffort } }
      : {}),
    ...(serviceTier !== undefined && capabilities.serviceTier
      ? { service_tier: serviceTier as NonNullable<Body['service_tier']> }
      : {}),
    ...(store !== undefined && capabilities.store ? { store } : {}),
    ...(wantsReasoning ? { include: ['reasoning.encrypted_content'] } : {}),
  };
}

function formatFields(
  { outputSchema }: ModelRequest,
  format: 'json_schema' | 'json_object' | 'text',
): { text?: ResponseTextConfig } {
  if (outputSchema === undefined || format === 'text') return {};
  if (format === 'json_object') return { text: { format: { type: 'json_object' } } };
  const { name, schema, isStrict } = outputSchema;
  return { text: { format: { type: 'json_schema', name, schema, strict: isStrict } } };
}

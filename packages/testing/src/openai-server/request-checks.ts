import type { z } from 'zod';
import type { WireError } from './fault.js';
import {
  chatRequestSchema,
  responsesRequestSchema,
  type ChatRequest,
  type ResponsesRequest,
} from './request-schemas.js';
import { strictSchemaProblem } from './strict-schema.js';

/** Parameters that OpenAI knows beyond those in the schemas; any other name is refused. */
const FURTHER_CHAT =
  'audio frequency_penalty function_call functions logit_bias logprobs modalities moderation n prediction presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention safety_identifier service_tier stop store top_logprobs user verbosity web_search_options';
const FURTHER_RESPONSES =
  'background context_management conversation max_tool_calls moderation prompt prompt_cache_key prompt_cache_options prompt_cache_retention safety_identifier service_tier stream_options top_logprobs truncation user';

const knownChat = new Set([...Object.keys(chatRequestSchema.shape), ...FURTHER_CHAT.split(' ')]);
const knownResponses = new Set([...Object.keys(responsesRequestSchema.shape), ...FURTHER_RESPONSES.split(' ')]);

/** What a check may take into account. */
export interface CheckOptions {
  /** Lets parameters pass that OpenAI does not know, as compatible servers do. */
  readonly allowUnknownParameters: boolean;
  /** Call ids of an earlier answer of this server, or `undefined` where it made none with this id. */
  readonly callsOf: (responseId: string) => readonly string[] | undefined;
}

/** Says why OpenAI would answer 400 to a body for Chat Completions, or `undefined` where it would not. */
export function problemOfChatRequest(body: unknown, options: CheckOptions): WireError | undefined {
  const parsed = chatRequestSchema.safeParse(body);
  if (!parsed.success) return schemaProblem(body, parsed.error);
  const request = parsed.data;
  return (
    unknownParameter(request, knownChat, options) ??
    toolProblem((request.tools ?? []).map((tool) => tool.function)) ??
    outputProblem(request.response_format?.type === 'json_schema' ? request.response_format.json_schema : undefined) ??
    streamOptionsProblem(request) ??
    chatPairs(request)
  );
}

/** Says why OpenAI would answer 400 to a body for the Responses API, or `undefined` where it would not. */
export function problemOfResponsesRequest(body: unknown, options: CheckOptions): WireError | undefined {
  const parsed = responsesRequestSchema.safeParse(body);
  if (!parsed.success) return schemaProblem(body, parsed.error);
  const request = parsed.data;
  return (
    unknownParameter(request, knownResponses, options) ??
    toolProblem(request.tools ?? []) ??
    outputProblem(request.text?.format?.type === 'json_schema' ? request.text.format : undefined) ??
    responsesPairs(request, options)
  );
}

function schemaProblem(body: unknown, error: z.ZodError): WireError {
  if (body === undefined) return invalid('We could not parse the JSON body of your request.', '', null);
  const issue = error.issues[0];
  const param = (issue?.path ?? []).reduce<string>(
    (path, key) => (typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`),
    '',
  );
  const isMissing =
    issue?.path.length === 1 && (typeof body !== 'object' || body === null || !(String(issue.path[0]) in body));
  if (isMissing) return invalid(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
  const code = issue?.code === 'invalid_type' ? 'invalid_type' : 'invalid_value';
  return invalid(`Invalid '${param === '' ? 'body' : param}': ${issue?.message ?? 'not as expected'}.`, param, code);
}

function unknownParameter(body: object, known: ReadonlySet<string>, options: CheckOptions): WireError | undefined {
  if (options.allowUnknownParameters) return undefined;
  const name = Object.keys(body).find((key) => !known.has(key));
  return name === undefined ? undefined : invalid(`Unknown parameter: '${name}'.`, name, 'unknown_parameter');
}

interface NamedSchema {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
  readonly strict?: boolean | null | undefined;
}

function toolProblem(tools: readonly NamedSchema[]): WireError | undefined {
  const names = new Set<string>();
  for (const [index, tool] of tools.entries()) {
    const param = `tools[${index}]`;
    if (names.has(tool.name)) return invalid(`Duplicate tool name '${tool.name}'.`, param, 'invalid_value');
    names.add(tool.name);
    const problem =
      rootProblem(tool.parameters) ?? (tool.strict === true ? strictSchemaProblem(tool.parameters) : undefined);
    if (problem !== undefined) {
      const message = `Invalid schema for function '${tool.name}': ${problem}`;
      return invalid(message, `${param}.parameters`, 'invalid_function_parameters');
    }
  }
  return undefined;
}

function rootProblem(schema: Readonly<Record<string, unknown>> | null | undefined): string | undefined {
  if (schema === null || schema === undefined || schema['type'] === 'object') return undefined;
  return `schema must be a JSON Schema of 'type: "object"', got 'type: ${JSON.stringify(schema['type'] ?? 'None')}'.`;
}

function outputProblem(
  format:
    | {
        readonly name: string;
        readonly schema?: Readonly<Record<string, unknown>> | undefined;
        readonly strict?: boolean | null | undefined;
      }
    | undefined,
): WireError | undefined {
  if (format?.schema === undefined) return undefined;
  const problem =
    rootProblem(format.schema) ?? (format.strict === true ? strictSchemaProblem(format.schema) : undefined);
  if (problem === undefined) return undefined;
  return invalid(
    `Invalid schema for response_format '${format.name}': ${problem}`,
    'response_format',
    'invalid_json_schema',
  );
}

function streamOptionsProblem(request: ChatRequest): WireError | undefined {
  if (request.stream === true || request.stream_options == null) return undefined;
  return invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options', null);
}

/** Every tool call of a message must be answered by the tool messages that follow it, and by nothing else. */
function chatPairs(request: ChatRequest): WireError | undefined {
  const open = new Set<string>();
  for (const [index, message] of request.messages.entries()) {
    if (message.role === 'tool') {
      if (open.delete(message.tool_call_id)) continue;
      return invalid(
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        `messages[${index}].role`,
        null,
      );
    }
    if (open.size > 0) return unanswered([...open], index);
    if (message.role === 'assistant') for (const call of message.tool_calls ?? []) open.add(call.id);
  }
  return open.size > 0 ? unanswered([...open], request.messages.length) : undefined;
}

function unanswered(ids: readonly string[], index: number): WireError {
  return invalid(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids.join(', ')}`,
    `messages[${index}].role`,
    null,
  );
}

function responsesPairs(request: ResponsesRequest, options: CheckOptions): WireError | undefined {
  const earlier = request.previous_response_id;
  const known = earlier == null ? [] : options.callsOf(earlier);
  if (known === undefined) {
    const message = `Previous response with id '${earlier}' not found.`;
    return invalid(message, 'previous_response_id', 'previous_response_not_found');
  }
  const items = typeof request.input === 'string' ? [] : request.input;
  const calls = new Set(known);
  const answered = new Set<string>();
  for (const item of items) if ('call_id' in item && item.type === 'function_call') calls.add(item.call_id);
  for (const item of items) {
    if (!('call_id' in item) || item.type !== 'function_call_output') continue;
    if (!calls.has(item.call_id)) {
      return invalid(`No tool call found for function call output with call_id ${item.call_id}.`, 'input', null);
    }
    answered.add(item.call_id);
  }
  const open = [...calls].find((callId) => !answered.has(callId));
  return open === undefined ? undefined : invalid(`No tool output found for function call ${open}.`, 'input', null);
}

function invalid(message: string, param: string, code: string | null): WireError {
  return { message, type: 'invalid_request_error', param: param === '' ? null : param, code };
}

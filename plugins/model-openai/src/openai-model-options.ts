import type { ModelCallLimits, ModelDescription, OptionsSchema } from '@master-orchestrator/contracts';
import type { Clock, Random } from '@master-orchestrator/errors';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { EndpointCapabilities } from './capabilities.js';
import type { AzureOptions } from './endpoint.js';
import type { OpenAIProviderOptions } from './openai-options.js';
import { DEFAULT_CONNECTIONS, DEFAULT_MAX_RESPONSE_BYTES } from './provider-setting.js';
import { DEFAULT_LIMITS } from './transport/attempt-watch.js';

type Fetched = () => string | Promise<string>;

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
const text = z.string().min(1);
const fetched = z.custom<Fetched>(isFunction, 'must be a text or a function').meta({ 'x-in-code': true });
const key = z.union([text, fetched]).exactOptional();
const words = 'the key itself, env:NAME or file:path; in code a function too';
const positive = z.int().min(1);

const azure = z.strictObject({
  endpoint: text.describe('Root of the resource, such as `https://my-resource.openai.azure.com`.'),
  apiVersion: text.describe('`v1` for the API without versions, else `preview` or a date.'),
  deployment: text.exactOptional().describe('Name of the deployment, where it is not the name of the model.'),
  apiKey: key.meta({ 'x-expected': words }).describe("The resource's key."),
  token: fetched.exactOptional().describe('Fetches a Microsoft Entra token, instead of a key.'),
}) satisfies OptionsSchema<AzureOptions>;

const limit = (standard: number, meaning: string) => positive.default(standard).describe(meaning);

const limits = z.strictObject({
  connectMs: limit(
    DEFAULT_LIMITS.connectMs,
    'Until there is a connection, in milliseconds; a wait for a free socket does not count. A request may only shorten it.',
  ),
  headersMs: limit(DEFAULT_LIMITS.headersMs, 'From the request to the response headers, in milliseconds.'),
  firstTokenMs: limit(DEFAULT_LIMITS.firstTokenMs, 'From the request to the first token of a stream, in milliseconds.'),
  silenceMs: limit(DEFAULT_LIMITS.silenceMs, 'Silence within a body or stream, in milliseconds.'),
  attemptMs: limit(DEFAULT_LIMITS.attemptMs, 'The whole attempt, in milliseconds.'),
}) satisfies OptionsSchema<ModelCallLimits>;

const modelDescription = z.strictObject({
  contextWindow: positive.exactOptional(),
  maxOutputTokens: positive.exactOptional(),
}) satisfies OptionsSchema<ModelDescription>;

const accepts = (description: string, standard = '`true`') =>
  z.boolean().exactOptional().meta({ 'x-default': standard }).describe(description);

const capabilities = z.strictObject({
  maxTokensField: z
    .enum(['max_completion_tokens', 'max_tokens'])
    .exactOptional()
    .meta({ 'x-default': '`max_completion_tokens` at OpenAI and Azure, else `max_tokens`' })
    .describe('Field of Chat Completions that bounds the answer.'),
  sampling: accepts('Accepts `temperature` and `top_p`.', "`false` for OpenAI's reasoning models"),
  reasoningEffort: accepts('Accepts the effort of reasoning.', "`false` for OpenAI's models that do not reason"),
  encryptedReasoning: z
    .enum(['always', 'unstored', 'never'])
    .exactOptional()
    .meta({ 'x-default': "`always` for OpenAI's reasoning models, `never` for its others, else `unstored`" })
    .describe('When reasoning is asked for in encrypted form (`include`); `unstored`: with `store: false`.'),
  reasoningContent: accepts('Reads `reasoning_content` of earlier answers again (Chat Completions).'),
  strictTools: accepts('Accepts `strict` of a tool.'),
  outputFormat: z
    .enum(['json_schema', 'json_object', 'text'])
    .exactOptional()
    .meta({ 'x-default': '`json_schema`' })
    .describe('How an output schema is asked for; after `json_schema` the schema is put into the instructions.'),
  parallelToolCalls: accepts('Accepts `parallel_tool_calls`.'),
  toolChoice: accepts('Accepts a `tool_choice` that names or requires a tool.'),
  streamUsage: accepts('Accepts `stream_options.include_usage`.'),
  instructionRole: z
    .enum(['system', 'developer'])
    .exactOptional()
    .meta({ 'x-default': '`system`' })
    .describe('Role of instructions within the conversation.'),
  seed: accepts('Accepts `seed`.'),
  serviceTier: accepts('Accepts `service_tier`.'),
  store: accepts('Accepts `store`.'),
}) satisfies OptionsSchema<Partial<EndpointCapabilities>>;

/** The options as the host checks and shows them. */
export const openaiModelOptions = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'takes letters, digits, "-" and "_"')
    .default('openai')
    .describe('Prefix of its models: `<name>:<model>`.'),
  apiKey: key
    .meta({ 'x-expected': words })
    .describe('The key, or a function asked before each call, for tokens that rotate. Needed at OpenAI.'),
  baseUrl: text
    .exactOptional()
    .meta({ 'x-default': '`https://api.openai.com/v1`' })
    .describe('Root of the API, usually ending in `/v1`.'),
  api: z
    .enum(['responses', 'chat'])
    .exactOptional()
    .meta({ 'x-default': '`responses` at OpenAI and Azure, else `chat`' })
    .describe('Format to speak.'),
  organization: text.exactOptional().describe('Sent as `openai-organization`.'),
  project: text.exactOptional().describe('Sent as `openai-project`.'),
  azure: azure.exactOptional().describe('A deployment of Azure OpenAI, instead of `baseUrl` and `apiKey`.'),
  models: z
    .array(text)
    .readonly()
    .exactOptional()
    .meta({ 'x-default': 'the default model alone' })
    .describe('Models it is known to have.'),
  defaultModel: text
    .exactOptional()
    .meta({ 'x-default': 'the first of `models`, else `gpt-4o`' })
    .describe('The model of agents that name none.'),
  modelDescriptions: z
    .record(z.string(), modelDescription)
    .default({})
    .describe('`contextWindow` and `maxOutputTokens`, in tokens, of models the built-in table does not know.'),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe("Sent with each request; a name given here replaces the provider's own."),
  limits: limits.prefault({}),
  connections: positive
    .default(DEFAULT_CONNECTIONS)
    .describe('Sockets open at the same time; further calls wait in line.'),
  maxResponseBytes: positive.default(DEFAULT_MAX_RESPONSE_BYTES).describe('Bytes of one answer that are read at most.'),
  capabilities: capabilities.exactOptional(),
  store: z
    .boolean()
    .exactOptional()
    .meta({ 'x-default': "the server's choice" })
    .describe('Whether the provider may store answers. With `false` reasoning is carried in encrypted form.'),
  dispatcher: z
    .custom<Dispatcher>(isObject, 'must be a dispatcher of undici')
    .exactOptional()
    .meta({ 'x-in-code': true, 'x-default': 'a pool of its own' })
    .describe('Sends the requests: a proxy agent, for example. The caller closes it.'),
  onCorrection: z
    .custom<NonNullable<OpenAIProviderOptions['onCorrection']>>(isFunction, 'must be a function')
    .exactOptional()
    .meta({ 'x-in-code': true })
    .describe('Told of each request that was corrected and sent once more.'),
  onNote: z
    .custom<(message: string) => void>(isFunction, 'must be a function')
    .exactOptional()
    .meta({ 'x-in-code': true })
    .describe('Told once of what works less well than it could, such as a tokenizer that is not installed.'),
  clock: z
    .custom<Clock>(isObject, 'must be a clock')
    .exactOptional()
    .meta({ 'x-in-code': true, 'x-default': 'the clock of the machine' })
    .describe('Where time comes from, for tests.'),
  random: z
    .custom<Random>(isFunction, 'must be a function')
    .exactOptional()
    .meta({ 'x-in-code': true, 'x-default': 'chance' })
    .describe('Makes ids for tool calls that come without a usable one.'),
}) satisfies OptionsSchema<OpenAIProviderOptions>;

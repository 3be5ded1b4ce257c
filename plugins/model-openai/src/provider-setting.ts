import { OrchestratorError } from '@master-orchestrator/errors';
import { azureEndpoint, plainEndpoint, type Endpoint, type OpenAIApi } from './endpoint.js';
import type { OpenAIProviderOptions } from './openai-options.js';
import { DEFAULT_LIMITS, type AttemptLimits } from './transport/attempt-watch.js';

/** Options with every default filled in. */
export interface ProviderSetting {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly api: OpenAIApi;
  readonly models: readonly string[];
  readonly limits: AttemptLimits;
  readonly connections: number;
  readonly maxResponseBytes: number;
}

const DEFAULT_NAME = 'openai';
const DEFAULT_MODEL = 'gpt-4o';
/** Sockets open at the same time, unless the options say otherwise. */
export const DEFAULT_CONNECTIONS = 128;
/** Bytes of one answer that are read, unless the options say otherwise. */
export const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/**
 * Fills the defaults in and checks what was given.
 *
 * @throws OrchestratorError CONFIG_INVALID, naming the option and what it takes.
 */
export function resolveOptions(options: OpenAIProviderOptions): ProviderSetting {
  const name = options.name ?? DEFAULT_NAME;
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name)) {
    throw invalid(name, 'name', 'takes letters, digits, "-" and "_", for example "openai"');
  }
  if (options.azure !== undefined && options.baseUrl !== undefined) {
    throw invalid(name, 'baseUrl', 'cannot be given together with azure: the address follows from azure.endpoint');
  }
  const endpoint = options.azure ? azureEndpoint(name, options.azure) : plainEndpoint(name, options.baseUrl);
  const api = options.api ?? (endpoint.kind === 'compatible' ? 'chat' : 'responses');
  if (api !== 'responses' && api !== 'chat') throw invalid(name, 'api', 'takes "responses" or "chat"');
  return {
    name,
    endpoint,
    api,
    models: modelsOf(options),
    limits: limitsOf(name, options),
    connections: whole(name, 'connections', options.connections ?? DEFAULT_CONNECTIONS),
    maxResponseBytes: whole(name, 'maxResponseBytes', options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES),
  };
}

function modelsOf({ models = [], defaultModel }: OpenAIProviderOptions): readonly string[] {
  const first = defaultModel ?? models[0] ?? DEFAULT_MODEL;
  return [first, ...models.filter((model) => model !== first)];
}

function limitsOf(name: string, { limits }: OpenAIProviderOptions): AttemptLimits {
  const merged: AttemptLimits = { ...DEFAULT_LIMITS, ...limits };
  for (const [limit, value] of Object.entries(merged)) whole(name, `limits.${limit}`, value);
  return merged;
}

function whole(name: string, option: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw invalid(name, option, `takes a whole number above 0, not ${String(value)}`);
}

function invalid(name: string, option: string, what: string): OrchestratorError {
  const message = `Option ${option} of the model provider "${name}" ${what}.`;
  return new OrchestratorError('CONFIG_INVALID', message, { details: { provider: name, option } });
}

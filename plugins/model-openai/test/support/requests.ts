import type { ModelItem, ModelProvider, ModelRequest, ModelToolSpec } from '@master-orchestrator/contracts';
import type { OpenAIServer } from '@master-orchestrator/testing';
import { createOpenAIProvider, type OpenAIProviderOptions } from '../../src/index.js';

export const metricsTool: ModelToolSpec = {
  name: 'calculate_metrics',
  description: 'Mean and median of numbers.',
  parameters: {
    type: 'object',
    properties: { data: { type: 'array', items: { type: 'number' } } },
    required: ['data'],
    additionalProperties: false,
  },
  isStrict: true,
};

export const reportTool: ModelToolSpec = {
  name: 'generate_report',
  description: 'Writes a report.',
  parameters: { type: 'object', properties: { title: { type: 'string' }, note: { type: 'string' } } },
  isStrict: false,
};

/** A request with one user message. */
export function requestOf(changes: Partial<ModelRequest> = {}): ModelRequest {
  return { model: 'gpt-4o', items: [userSays('How are you?')], tools: [], settings: {}, ...changes };
}

export function userSays(content: string): ModelItem {
  return { type: 'message', role: 'user', content };
}

/** A provider that talks to the server; disposed by the caller. */
export function providerOf(server: OpenAIServer, options: OpenAIProviderOptions = {}): ModelProvider {
  return createOpenAIProvider({ apiKey: 'sk-test-key-0123456789', baseUrl: server.url, ...options });
}

/** A signal that nobody aborts. */
export function noSignal(): { signal: AbortSignal } {
  return { signal: new AbortController().signal };
}

/** What a promise was rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('The promise was expected to be rejected.');
}

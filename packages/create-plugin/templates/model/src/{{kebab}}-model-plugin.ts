import type { PluginV1 } from '@master-orchestrator/contracts';
import { createOpenAIProvider } from '@master-orchestrator/model-openai';
import { version } from './version.js';

/** Options of {@link {{camel}}ModelPlugin}. */
export interface {{pascal}}ModelPluginOptions {
  /** Key of the service, or a function that fetches it for each call. */
  readonly apiKey: string | (() => string | Promise<string>);
  /** Root of the API. @default 'https://api.example.com/v1' */ readonly baseUrl?: string;
}

/**
 * Adds the models of {{pascal}} as `{{kebab}}:<model>`. The service speaks the Chat Completions format, so the provider
 * for it does the work; what this service has of its own stands here. For a service with a format of its own write a
 * `ModelProvider`: one method, checked by the same suite.
 */
export function {{camel}}ModelPlugin({ apiKey, baseUrl = 'https://api.example.com/v1' }: {{pascal}}ModelPluginOptions): PluginV1 {
  const provider = createOpenAIProvider({
    name: '{{kebab}}',
    apiKey,
    baseUrl,
    api: 'chat',
    models: ['{{kebab}}-large', '{{kebab}}-small'],
    modelDescriptions: {
      '{{kebab}}-large': { contextWindow: 128_000, maxOutputTokens: 16_000 },
      '{{kebab}}-small': { contextWindow: 32_000, maxOutputTokens: 8_000 },
    },
  });
  return {
    specificationVersion: 'v1',
    name: '{{package}}',
    version,
    permissions: ['net'],
    contributes: {
      models: [provider],
      priceTables: [
        {
          name: '{{package}}',
          asOf: '2026-01-01', // the day you read the prices
          prices: {
            '{{kebab}}:{{kebab}}-large': { inputPerMillion: 2, outputPerMillion: 8 },
            '{{kebab}}:{{kebab}}-small': { inputPerMillion: 0.2, outputPerMillion: 0.8 },
          },
        },
      ],
    },
  };
}

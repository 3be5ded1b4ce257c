import type { Logger, PluginV1 } from '@master-orchestrator/contracts';
import type { OpenAIProviderOptions, RequestCorrection } from './openai-options.js';
import { createOpenAIProvider } from './openai-provider.js';
import { version } from './version.js';

/** Settings of {@link openaiModelPlugin}: those of the provider it contributes. */
export type OpenAIModelPluginOptions = OpenAIProviderOptions;

/**
 * Contributes one model provider: OpenAI, Azure OpenAI, or any server that speaks OpenAI's formats. Register it once
 * for each provider, each with a `name` of its own.
 *
 * @throws OrchestratorError CREDENTIAL_MISSING without a key where one is needed, CONFIG_INVALID for an unusable option.
 */
export function openaiModelPlugin(options: OpenAIModelPluginOptions = {}): PluginV1 {
  let logger: Logger | undefined;
  const onCorrection = (correction: RequestCorrection): void => {
    logger?.info(
      { provider: correction.provider, model: correction.model, changes: correction.changes },
      'request corrected: the server does not accept a parameter',
    );
    options.onCorrection?.(correction);
  };
  const onNote = (message: string): void => {
    logger?.info({ provider: options.name ?? 'openai' }, message);
    options.onNote?.(message);
  };
  const provider = createOpenAIProvider({ ...options, onCorrection, onNote });
  return {
    specificationVersion: 'v1',
    name: provider.name === 'openai' ? PACKAGE : `${PACKAGE}:${provider.name}`,
    version,
    permissions: ['net'],
    contributes: { models: [provider] },
    async setup(context) {
      logger = context.logger;
    },
    dispose: () => provider.dispose?.() ?? Promise.resolve(),
  };
}

const PACKAGE = '@master-orchestrator/model-openai';

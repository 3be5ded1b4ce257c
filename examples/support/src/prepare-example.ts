import { loadConfig, type LoadConfigOptions, type LoadedConfig } from '@master-orchestrator/config';
import type { PluginV1 } from '@master-orchestrator/contracts';
import { classify } from '@master-orchestrator/errors';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';

/** What a program of this folder begins with. */
export interface PreparedExample {
  /** Settings from files and environment, for `createOrchestrator`. */ readonly config: LoadedConfig;
  /** The plugin that brings the model. */ readonly model: PluginV1;
}

/**
 * Reads the configuration and chooses the model: a real one where OPENAI_API_KEY or OPENAI_BASE_URL is set, else the
 * rule-based stand-in, and says which. From then on an error ends the program with its code and what to do, not a stack.
 *
 * @param options - Where settings come from. Default: files and environment of the process.
 */
export async function prepareExample(options: LoadConfigOptions = {}): Promise<PreparedExample> {
  if (process.listenerCount('uncaughtException', endWithError) === 0) process.once('uncaughtException', endWithError);
  const config = await loadConfig(options);
  const { apiKey, baseUrl, api, organization, project } = config.config.models.openai;
  if (apiKey === undefined && baseUrl === undefined) {
    console.log('Model: the rule-based offline one. For a real one set OPENAI_API_KEY or OPENAI_BASE_URL.\n');
    return { config, model: offlineModelPlugin() };
  }
  console.log(`Model: ${config.config.models.default ?? 'gpt-4o'} at ${baseUrl ?? 'OpenAI'}.\n`);
  const model = openaiModelPlugin({
    ...(apiKey === undefined ? {} : { apiKey: () => apiKey.reveal() }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(organization === undefined ? {} : { organization }),
    ...(project === undefined ? {} : { project }),
    api,
    limits: config.config.models.limits,
  });
  return { config, model };
}

function endWithError(cause: unknown): void {
  const error = classify(cause);
  console.error(`${error.code} (${error.category}): ${error.message}`);
  if (error.advice !== undefined) console.error(error.advice);
  process.exit(1);
}

import { pluginSettings, type LoadedConfig } from '@master-orchestrator/config';
import { optional } from '@master-orchestrator/contracts';
import type { PluginSettings } from './bundled-plugins.js';

/**
 * What the OpenAI plugin is given: `models.openai` of the configuration, and the plugin's own section above it. Where
 * nobody says which API to speak, the plugin chooses by the address.
 */
export function openaiSettings({ config, sources }: LoadedConfig): PluginSettings {
  const { apiKey, baseUrl, api, organization, project } = config.models.openai;
  return {
    ...optional({
      apiKey: apiKey === undefined ? undefined : (): string => apiKey.reveal(),
      baseUrl,
      organization,
      project,
      api: sources.has('models.openai.api') ? api : undefined,
    }),
    limits: config.models.limits,
    ...pluginSettings(config, '@master-orchestrator/model-openai'),
  };
}

export { openaiModelOptions } from './openai-model-options.js';
export { openaiModelPlugin, type OpenAIModelPluginOptions } from './openai-model-plugin.js';
export { createOpenAIProvider } from './openai-provider.js';
export type { OpenAIProviderOptions, RequestCorrection } from './openai-options.js';
export type { EndpointCapabilities } from './capabilities.js';
export type { AzureOptions, OpenAIApi } from './endpoint.js';

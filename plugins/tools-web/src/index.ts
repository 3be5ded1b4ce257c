export {
  webToolsOptions,
  webToolsPlugin,
  type HttpMethod,
  type WebHost,
  type WebToolsPluginOptions,
} from './web-tools-plugin.js';

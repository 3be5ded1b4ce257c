export {
  PROFILES,
  type OrchestratorConfig,
  type OrchestratorConfigInput,
  type ProfileName,
} from './schema/config-schema.js';
export { defaultConfig, getProfile, resolveConfig, validate, type ValidateOptions } from './resolve-config.js';
export {
  fromEnv,
  fromFile,
  inspectConfig,
  loadConfig,
  type InspectedConfig,
  type LoadConfigOptions,
} from './load-config.js';
export type { ConfigFiles, LoadedConfig } from './loaded-config.js';
export { CONFIG_FILE_NAMES } from './config-files.js';
export { explain, type ConfigLine } from './explain.js';
export { configSettings, type ConfigSetting } from './settings.js';
export {
  optionsJsonSchema,
  pluginOptions,
  type PluginOption,
  type SchemaSetting,
  type SettingKind,
} from './schema-setting.js';
export { configJsonSchema } from './json-schema.js';
export { ConfigInvalidError, formatIssue, type ConfigIssue } from './config-issue.js';
export { sourceWords, SOURCE_KINDS, type ConfigSource, type ConfigSourceKind } from './layer.js';
export { Secret } from './secret.js';
export { readEnvironment, secretValues } from './environment.js';
export { configuredPlugins, pluginIssues, pluginSettings } from './plugin-section.js';
export { bindConfig, CONFIG } from './binding.js';
export type { Environment } from './env-layer.js';
export type { ConfigFlags } from './flag-layer.js';
export { watchConfig, type ConfigWatcher, type WatchConfigOptions } from './watch-config.js';
export type { ConfigChange } from './config-change.js';

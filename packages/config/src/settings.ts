import { configJsonSchema } from './json-schema.js';
import { leaves, schemaSetting, type SchemaLeaf, type SchemaSetting } from './schema-setting.js';

/** One setting, as lists and help show it. */
export interface ConfigSetting extends SchemaSetting {
  /** Environment variables that set it, the stronger one first. */ readonly variables: readonly string[];
  /** True where a running process takes a new value over. */ readonly isReloadable: boolean;
}

/** Short names beside `MAO_<SECTION>__<KEY>`. */
const SHORT_NAMES: Readonly<Record<string, readonly string[]>> = {
  profile: ['MAO_PROFILE'],
  maxConcurrentAgents: ['MAX_CONCURRENT_AGENTS'],
  'models.default': ['MAO_MODEL', 'DEFAULT_MODEL'],
  'models.openai.apiKey': ['OPENAI_API_KEY'],
  'models.openai.baseUrl': ['OPENAI_BASE_URL'],
  'models.openai.organization': ['OPENAI_ORG_ID'],
  'models.openai.project': ['OPENAI_PROJECT_ID'],
  'recovery.retryMaxAttempts': ['RETRY_MAX_ATTEMPTS'],
  'breakers.enabled': ['ENABLE_CIRCUIT_BREAKERS'],
  'breakers.failureThreshold': ['CIRCUIT_FAILURE_THRESHOLD'],
  'engine.address': ['MAO_ENGINE'],
  'engine.dataDirectory': ['MAO_DATA_DIRECTORY'],
  'server.host': ['MAO_HOST'],
  'server.port': ['MAO_PORT'],
  'server.auth.enabled': ['ENABLE_AUTH'],
  'server.auth.adminKey': ['MAO_ADMIN_KEY'],
  'server.rateLimitPerMinute': ['RATE_LIMIT_PER_MINUTE'],
  'logging.level': ['LOG_LEVEL'],
  'logging.format': ['LOG_FORMAT'],
  'metrics.enabled': ['ENABLE_METRICS'],
  'metrics.prometheus': ['PROMETHEUS_ENABLED'],
};

let listed: readonly ConfigSetting[] | undefined;

/** Every setting in the order of the schema. */
export function allSettings(): readonly ConfigSetting[] {
  listed ??= [...leaves([], configJsonSchema(), true)].map(settingOf);
  return listed;
}

/** Every setting with its default, description and environment variables, in the order of the schema. */
export function configSettings(): readonly ConfigSetting[] {
  return allSettings();
}

function settingOf({ keys, node }: SchemaLeaf): ConfigSetting {
  const setting = schemaSetting(keys, node);
  const canonical = `MAO_${keys.map(screamingSnake).join('__')}`;
  return {
    ...setting,
    variables: [...new Set([canonical, ...(SHORT_NAMES[setting.path] ?? [])])],
    isReloadable: node['x-reloadable'] === true,
  };
}

function screamingSnake(key: string): string {
  return key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

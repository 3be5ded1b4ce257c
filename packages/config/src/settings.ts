import { displayPath } from './internal/display-path.js';
import { isPlainObject, type PlainObject } from './internal/plain-object.js';
import { configJsonSchema } from './json-schema.js';

/** What kind of value a setting holds. `list` and `record` are written as JSON where only text is possible. */
export type SettingKind = 'number' | 'boolean' | 'text' | 'choice' | 'list' | 'record' | 'secret';

/** One setting, as lists and help show it. */
export interface ConfigSetting {
  /** `server.port` */ readonly path: string;
  /** The path in parts. */ readonly keys: readonly string[];
  readonly kind: SettingKind;
  readonly description: string;
  /** Absent for a setting that is unset by default. */ readonly default?: unknown;
  /** The values of a choice. */ readonly choices?: readonly string[];
  /** What a value must be, in words: `a whole number from 1 to 100`. */ readonly expected: string;
  /** Environment variables that set it, the stronger one first. */ readonly variables: readonly string[];
  /** True where a running process takes a new value over. */ readonly isReloadable: boolean;
}

/** What a secret may be written as. */
export const SECRET_EXPECTED = 'the value itself, env:NAME or file:path';

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
  listed ??= [...walk([], configJsonSchema())];
  return listed;
}

/** Every setting with its default, description and environment variables, in the order of the schema. */
export function configSettings(): readonly ConfigSetting[] {
  return allSettings();
}

function* walk(keys: readonly string[], node: PlainObject): Generator<ConfigSetting> {
  const children = node['properties'];
  if (!isPlainObject(children)) {
    yield settingOf(keys, node);
    return;
  }
  for (const [key, child] of Object.entries(children)) {
    if (key !== '$schema' && isPlainObject(child)) yield* walk([...keys, key], child);
  }
}

function settingOf(keys: readonly string[], node: PlainObject): ConfigSetting {
  const path = displayPath(keys);
  const kind = kindOf(node);
  const canonical = `MAO_${keys.map(screamingSnake).join('__')}`;
  return {
    keys,
    path,
    kind,
    description: node['description'] as string,
    ...('default' in node && { default: node['default'] }),
    ...(kind === 'choice' && { choices: node['enum'] as string[] }),
    expected: expectedOf(kind, node),
    variables: [...new Set([canonical, ...(SHORT_NAMES[path] ?? [])])],
    isReloadable: node['x-reloadable'] === true,
  };
}

function kindOf(node: PlainObject): SettingKind {
  if (node['x-secret'] === true) return 'secret';
  if (Array.isArray(node['enum'])) return 'choice';
  switch (node['type']) {
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array':
      return 'list';
    case 'object':
      return 'record';
    default:
      return 'text';
  }
}

function expectedOf(kind: SettingKind, node: PlainObject): string {
  if (typeof node['x-expected'] === 'string') return node['x-expected'];
  const words: Readonly<Record<SettingKind, () => string>> = {
    number: () => numberWords(node),
    boolean: () => 'true or false',
    choice: () => `one of ${(node['enum'] as string[]).join(', ')}`,
    list: () => 'a list of texts',
    record: () => 'an object',
    secret: () => SECRET_EXPECTED,
    text: () => (node['format'] === 'uri' ? 'an http or https address' : 'a text that is not empty'),
  };
  return words[kind]();
}

function numberWords(node: PlainObject): string {
  const noun = node['type'] === 'integer' ? 'a whole number' : 'a number';
  const lowest = node['minimum'];
  const above = node['exclusiveMinimum'];
  const highest = node['maximum'];
  const from = typeof lowest === 'number' ? ` from ${lowest}` : typeof above === 'number' ? ` above ${above}` : '';
  return typeof highest === 'number' && highest < Number.MAX_SAFE_INTEGER
    ? `${noun}${from} to ${highest}`
    : `${noun}${from}`;
}

function screamingSnake(key: string): string {
  return key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

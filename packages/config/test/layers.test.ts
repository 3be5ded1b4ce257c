import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import {
  configSettings,
  getProfile,
  loadConfig,
  validate,
  type ConfigSetting,
  type LoadConfigOptions,
} from '../src/index.js';
import { alone, temporaryFolder } from './helpers.js';

/** Two values for each setting whose bounds hang together, so that any layer of them is allowed. */
const TOGETHER: Readonly<Record<string, readonly [unknown, unknown]>> = {
  'models.concurrency.lowest': [1, 2],
  'models.concurrency.start': [5, 6],
  'models.concurrency.highest': [50, 60],
  'shutdown.drainMs': [1, 2],
  'shutdown.abortMs': [3, 4],
  'shutdown.exitMs': [50_000, 60_000],
};

/** What a setting of each kind may be tried with; the first two that its schema takes are used. */
const CANDIDATES: Readonly<Record<ConfigSetting['kind'], readonly unknown[]>> = {
  number: [0.25, 0.5, 3, 4, 2_000, 3_000, 40_000],
  boolean: [true, false],
  text: ['https://a.example/v1', 'https://b.example/v1', 'sqlite:./a.db', 'sqlite:./b.db', 'one', 'two'],
  choice: [],
  list: [['https://a.example'], ['https://b.example'], ['/a'], ['/b']],
  record: [
    { X: { value: 1 } },
    { X: { value: 2 } },
    { X: { Y: [{ strategy: 'A' }] } },
    { X: { Y: [{ strategy: 'B' }] } },
    { X: [{ strategy: 'A' }] },
    { X: [{ strategy: 'B' }] },
    { X: { env: ['A'] } },
    { X: { env: ['B'] } },
  ],
  secret: ['first-secret', 'second-secret'],
};

function nested(setting: ConfigSetting, value: unknown): Record<string, unknown> {
  return setting.keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
}

function pairOf(setting: ConfigSetting): readonly [unknown, unknown] {
  const together = TOGETHER[setting.path];
  if (together !== undefined) return together;
  const candidates = setting.kind === 'choice' ? (setting.choices ?? []) : CANDIDATES[setting.kind];
  const [first, second] = candidates.filter((value) => validate(nested(setting, value)).length === 0);
  if (second === undefined) throw new Error(`Give ${setting.path} (${setting.kind}) a second value to be tried with.`);
  return [first, second];
}

const settings = configSettings();
const pairs = new Map(settings.map((setting) => [setting.path, pairOf(setting)]));

/** Every setting, with the value of a layer that stands at this place: layers beside each other differ in all of them. */
function everything(layer: number): Record<string, unknown> {
  const whole: Record<string, unknown> = {};
  for (const setting of settings) {
    let holder = whole;
    for (const key of setting.keys.slice(0, -1)) holder = (holder[key] ??= {}) as Record<string, unknown>;
    holder[setting.keys.at(-1) ?? ''] = pairs.get(setting.path)?.[layer % 2];
  }
  return whole;
}

/** The same as texts: variables by name, flags by path. */
function texts(layer: number, nameOf: (setting: ConfigSetting) => string): Record<string, string> {
  return Object.fromEntries(
    settings.map((setting) => {
      const value = pairs.get(setting.path)?.[layer % 2];
      return [nameOf(setting), typeof value === 'string' ? value : JSON.stringify(value)];
    }),
  );
}

const variableOf = ({ variables }: ConfigSetting): string => variables[0] ?? '';

const LAYERS = ['defaults', 'user file', 'project file', '.env', 'environment', 'code', 'flags'] as const;

/** Options in which the layers up to one say everything. */
async function layersUpTo(last: number, format: 'yaml' | 'json'): Promise<LoadConfigOptions> {
  const has = (layer: (typeof LAYERS)[number]): boolean => LAYERS.indexOf(layer) <= last;
  const at = (layer: (typeof LAYERS)[number]): number => LAYERS.indexOf(layer);
  const fileOf = (layer: 'user file' | 'project file'): string =>
    format === 'yaml' ? stringify(everything(at(layer))) : JSON.stringify(everything(at(layer)));
  const lines = Object.entries(texts(at('.env'), variableOf)).map(([name, text]) => `${name}='${text}'`);
  const folder = await temporaryFolder({
    ...(has('user file') && { [`.config/mao/config.${format}`]: fileOf('user file') }),
    ...(has('project file') && { [`mao.config.${format}`]: fileOf('project file') }),
    ...(has('.env') && { '.env': lines.join('\n') }),
  });
  return alone(folder, {
    defaults: everything(at('defaults')),
    env: { HOME: folder.path, ...(has('environment') && texts(at('environment'), variableOf)) },
    ...(has('code') && { code: everything(at('code')) }),
    ...(has('flags') && { flags: texts(at('flags'), ({ path }) => path) }),
  });
}

function valueAt(config: unknown, { keys }: ConfigSetting): unknown {
  const value = keys.reduce<unknown>((holder, key) => (holder as Record<string, unknown>)[key], config);
  return value instanceof Object && 'reveal' in value ? (value as { reveal(): string }).reveal() : value;
}

describe.each(['yaml', 'json'] as const)('with files in %s, every setting', (format) => {
  it.each(LAYERS.map((layer, index) => [layer, index] as const))(
    'of the layer %s goes before those of all layers before',
    async (_layer, index) => {
      const { config } = await loadConfig(await layersUpTo(index, format));
      const found = settings.map((setting) => [setting.path, valueAt(config, setting)]);
      const wanted = settings.map(({ path }) => [path, pairs.get(path)?.[index % 2]]);
      expect(found).toEqual(wanted);
    },
  );
});

function settingAt(path: string): ConfigSetting {
  const found = settings.find((each) => each.path === path);
  if (found === undefined) throw new Error(`There is no setting ${path}.`);
  return found;
}

it('tries settings of every kind', () => {
  expect(new Set(settings.map(({ kind }) => kind))).toEqual(new Set(Object.keys(CANDIDATES)));
});

it.each([
  ['testing', 'server.port', 7_000],
  ['testing', 'logging.level', 'debug'],
  ['staging', 'logging.format', 'pretty'],
  ['production', 'server.auth.enabled', false],
])(
  'the profile %s goes before the defaults with %s, and a user file before the profile',
  async (profile, path, other) => {
    const folder = await temporaryFolder({ '.config/mao/config.yaml': JSON.stringify(nested(settingAt(path), other)) });
    const options = { defaults: { ...nested(settingAt(path), other), profile } as never };
    const ofProfile = await loadConfig(alone(folder, { ...options, userFile: false }));
    expect(valueAt(ofProfile.config, settingAt(path))).toBe(valueAt(getProfile(profile as never), settingAt(path)));
    expect(valueAt(ofProfile.config, settingAt(path))).not.toBe(other);
    const ofUser = await loadConfig(alone(folder, options));
    expect(valueAt(ofUser.config, settingAt(path))).toBe(other);
  },
);

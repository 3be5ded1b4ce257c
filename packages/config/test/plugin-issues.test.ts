import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatIssue, loadConfig, optionsJsonSchema, pluginIssues, pluginOptions, validate } from '../src/index.js';
import { alone, temporaryFolder } from './helpers.js';

const WEATHER = '@acme/mao-plugin-weather';
const schema = z.strictObject({
  baseUrl: z.string().min(1).describe('Root of the service.'),
  apiKey: z.string().min(8, 'must have 8 letters').optional().describe('Key of the service.'),
  timeoutMs: z.int().min(1).max(60_000).default(5_000).describe('Time of a request, in milliseconds.'),
  cache: z.strictObject({ entries: z.int().default(10).describe('Answers kept.') }).prefault({}),
  hosts: z
    .record(z.string(), z.strictObject({ allowHttp: z.boolean().optional() }))
    .default({})
    .describe('Settings by host.'),
  roots: z
    .array(z.union([z.string(), z.strictObject({ path: z.string(), isReadOnly: z.boolean().optional() })]))
    .default([])
    .describe('Folders.'),
  clock: z
    .custom<object>((value) => typeof value === 'object')
    .optional()
    .meta({ 'x-in-code': true, 'x-default': 'that of the machine' })
    .describe('For tests.'),
});

async function issuesIn(section: string, env: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder({ 'mao.config.yaml': `plugins:\n  "${WEATHER}":\n${section}` });
  const options = alone(folder);
  const loaded = await loadConfig({ ...options, env: { ...options.env, ...env } });
  return pluginIssues(loaded, WEATHER, schema);
}

describe('what does not fit the options of a plugin', () => {
  it('is told all at once, each with path, line, what is allowed and the nearest name', async () => {
    const issues = await issuesIn(
      '    baseUrl: 7\n    timeoutMss: 5\n    cache:\n      entires: 1\n    hosts:\n      a.b: { allowHttps: true }\n    roots:\n      - { path: ., isReadonly: true }\n',
    );
    const start = `plugins["${WEATHER}"]`;
    expect(issues.map(({ path, nearest, source }) => [path, nearest, source?.line])).toEqual([
      [`${start}.baseUrl`, undefined, 3],
      [`${start}.cache.entires`, 'entries', 6],
      [`${start}.hosts["a.b"].allowHttps`, 'allowHttp', 8],
      [`${start}.roots[0].isReadonly`, 'isReadOnly', 10],
      [`${start}.timeoutMss`, 'timeoutMs', 4],
    ]);
    expect(issues[0]).toMatchObject({ problem: 'is 7, which is not allowed', expected: 'a text that is not empty' });
    expect(formatIssue(issues[4] as never)).toMatch(/mao\.config\.yaml:4:\d+: .* Did you mean "timeoutMs"\?$/);
  });

  it('is missing where it is needed, and the words of the plugin are kept', async () => {
    const [key, url] = (await issuesIn('    apiKey: short\n')).toSorted((a, b) => a.path.localeCompare(b.path));
    expect(url).toMatchObject({ path: `plugins["${WEATHER}"].baseUrl`, problem: 'is missing' });
    expect(url).not.toHaveProperty('value');
    expect(key?.hint).toBe('Make it a text that is not empty. It must have 8 letters.');
  });

  it('never shows a secret', async () => {
    const issues = await issuesIn('    baseUrl: x\n    apiKey: env:KEY\n    cache: env:KEY\n', { KEY: 'hunter2' });
    expect(issues).toHaveLength(2);
    expect(JSON.stringify(issues)).not.toContain('hunter2');
  });

  it('is nothing where all is well', async () => {
    expect(await issuesIn('    baseUrl: env:URL\n', { URL: 'http://127.0.0.1' })).toEqual([]);
  });
});

it('lists the options of a schema with default, bounds and meaning', () => {
  const options = pluginOptions(schema);
  expect(options.map(({ path }) => path)).toEqual([
    'baseUrl',
    'apiKey',
    'timeoutMs',
    'cache.entries',
    'hosts',
    'roots',
    'clock',
  ]);
  expect(options.at(0)).toMatchObject({ isRequired: true, isInCode: false, description: 'Root of the service.' });
  expect(options.at(2)).toMatchObject({
    default: 5_000,
    isRequired: false,
    expected: 'a whole number from 1 to 60000',
  });
  expect(options.at(6)).toMatchObject({ isInCode: true, defaultWords: 'that of the machine' });
  expect(optionsJsonSchema(schema)).toMatchObject({ type: 'object', required: ['baseUrl'] });
});

describe('validate with the schemas of plugins', () => {
  const pluginSchemas = { [WEATHER]: schema };
  const start = `plugins["${WEATHER}"]`;
  const issuesOf = (section: unknown, more: object = {}) =>
    validate({ plugins: { [WEATHER]: section }, ...more }, { pluginSchemas });

  it('checks their sections beside everything else: path, problem and what to do', () => {
    const section = { baseUrl: 'https://a.example', timeoutMss: 5, cache: { entries: 'many' } };
    const issues = issuesOf(section, { agents: { trns: 3 } });
    expect(issues.map(({ path, problem, hint, source }) => [path, problem, hint, source?.kind])).toEqual([
      ['agents.trns', 'is not a setting', 'Did you mean "turns"?', 'code'],
      [`${start}.cache.entries`, 'is "many", which is not allowed', 'Make it a whole number.', 'code'],
      [`${start}.timeoutMss`, 'is not a setting', 'Did you mean "timeoutMs"?', 'code'],
    ]);
  });

  it('finds what is missing, and nothing in a section that fits', () => {
    expect(issuesOf({})).toMatchObject([{ path: `${start}.baseUrl`, problem: 'is missing' }]);
    expect(issuesOf({ baseUrl: 'https://a.example', apiKey: '12345678' })).toEqual([]);
  });

  it('leaves sections alone that are off, not there, or without a schema', () => {
    expect(validate({}, { pluginSchemas })).toEqual([]);
    expect(issuesOf(false)).toEqual([]);
    expect(validate({ plugins: { other: { a: 1 } } }, { pluginSchemas })).toEqual([]);
    expect(validate({ plugins: { [WEATHER]: { timeoutMss: 5 } } })).toEqual([]);
    expect(issuesOf(7).map(({ path }) => path)).toEqual([start]);
  });

  it('does not look references up, does not complain of what stands behind them, and shows no secret', () => {
    const baseUrl = 'https://a.example';
    expect(issuesOf({ baseUrl, apiKey: { $secret: 'env:K' } })).toEqual([]);
    const issues = issuesOf({ baseUrl, apiKey: { $secret: 'hunter2' } });
    expect(issues).toHaveLength(1);
    expect(JSON.stringify(issues)).not.toContain('hunter2');
  });

  it('never throws, whatever a schema does', () => {
    const late = z.strictObject({}).refine(async () => true);
    const broken = z.strictObject({}).transform(() => {
      throw new Error('no');
    });
    for (const odd of [late, broken]) {
      expect(validate({ plugins: { x: {} } }, { pluginSchemas: { x: odd } })).toMatchObject([
        { path: 'plugins.x', problem: 'cannot be checked by its schema' },
      ]);
    }
  });
});

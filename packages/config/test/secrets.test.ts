import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  explain,
  loadConfig,
  pluginSettings,
  configuredPlugins,
  readEnvironment,
  resolveConfig,
  Secret,
  secretValues,
} from '../src/index.js';
import { alone, issuesOf, temporaryFolder } from './helpers.js';

const KEY = 'sk-live-0123456789abcdefghij';

describe('Secret', () => {
  it('shows itself nowhere but in reveal()', () => {
    const secret = new Secret(KEY, 'env:X');
    const shown = [
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret, { showHidden: true, depth: 9 }),
      inspect({ a: [secret] }),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify(structuredClone(Object.entries(secret))),
    ];
    expect(shown.join('\n')).not.toContain('0123456789');
    expect(secret.reveal()).toBe(KEY);
  });

  it('hints at the last four characters of a long value only', () => {
    expect(new Secret(KEY).hint()).toBe('****ghij');
    expect(new Secret('short').hint()).toBe('****');
  });

  it('is known across copies of the package', () => {
    expect(Secret.isInstance(new Secret('x'))).toBe(true);
    expect(Secret.isInstance({ reveal: () => 'x' })).toBe(false);
  });
});

describe('references', () => {
  it('to variables are looked up in the environment and in .env', async () => {
    const folder = await temporaryFolder({
      'mao.config.yaml':
        'models: { openai: { apiKey: "env:MY_KEY" } }\nserver: { auth: { adminKey: "env:FROM_DOTENV" } }',
      '.env': 'FROM_DOTENV=abc\nMY_KEY=weaker',
    });
    const { config } = await loadConfig(alone(folder, { env: { HOME: folder.path, MY_KEY: KEY } }));
    expect(config.models.openai.apiKey?.reveal()).toBe(KEY);
    expect(config.server.auth.adminKey?.reveal()).toBe('abc');
  });

  it('to files are relative to the file that holds them', async () => {
    const folder = await temporaryFolder({
      'project/mao.config.yaml': 'models: { openai: { apiKey: "file:secrets/key" } }',
      'project/secrets/key': `${KEY}\n`,
    });
    const { config } = await loadConfig(alone(folder, { file: 'project/mao.config.yaml' }));
    expect(config.models.openai.apiKey?.reveal()).toBe(KEY);
  });

  it('that lead nowhere are told with their place', async () => {
    const folder = await temporaryFolder({
      'mao.config.yaml':
        'models: { openai: { apiKey: "env:NOT_SET" } }\nserver: { auth: { adminKey: "file:missing" } }',
    });
    const issues = await issuesOf(alone(folder));
    expect(issues).toMatchObject([
      { path: 'models.openai.apiKey', problem: expect.stringContaining('NOT_SET') as string, source: { line: 1 } },
      { path: 'server.auth.adminKey', problem: expect.stringContaining('ENOENT') as string, source: { line: 2 } },
    ]);
  });

  it('in the settings of a plugin are given as { $secret } and revealed for the plugin alone', async () => {
    const folder = await temporaryFolder({
      'mao.config.yaml':
        'plugins:\n  "@acme/weather":\n    key: { $secret: "env:WEATHER" }\n    keys: [{ $secret: "env:WEATHER" }]\n  off: false\n',
    });
    const loaded = await loadConfig(alone(folder, { env: { HOME: folder.path, WEATHER: KEY } }));
    expect(pluginSettings(loaded.config, '@acme/weather')).toEqual({ key: KEY, keys: [KEY] });
    expect(JSON.stringify(loaded.config) + inspect(loaded.config, { depth: 9 })).not.toContain('0123456789');
    expect(configuredPlugins(loaded.config)).toEqual(['@acme/weather']);
  });
});

describe('secretValues', () => {
  it('lists each secret of the configuration once', () => {
    const key = new Secret(KEY);
    const config = resolveConfig({
      models: { openai: { apiKey: KEY } },
      plugins: { x: { list: [key], other: new Secret('b') } },
    });
    expect(secretValues(config)).toEqual([KEY, 'b']);
  });
});

describe('readEnvironment', () => {
  it('gives the variables that were asked for, and .env below the environment', async () => {
    const folder = await temporaryFolder({ '.env': 'A=1\nB=1' });
    const { environment } = await loadConfig(alone(folder, { env: { HOME: folder.path, B: '2', C: '3' } }));
    expect(readEnvironment(['A', 'B', 'D', '__proto__'], environment)).toEqual({ A: '1', B: '2' });
  });

  it('is not shown with the configuration it was loaded with', async () => {
    const folder = await temporaryFolder({ '.env': `OTHER_KEY=${KEY}` });
    const loaded = await loadConfig(alone(folder));
    expect(inspect(loaded, { depth: 9 }) + JSON.stringify(loaded)).not.toContain('0123456789');
  });
});

describe('what is shown', () => {
  it('holds no secret, wherever it was written', async () => {
    const folder = await temporaryFolder({
      'mao.config.yaml': `models: { openai: { apiKey: ${KEY} } }\nplugins: { x: { apiKey: ${KEY}, url: "https://me:${KEY}@h/?token=${KEY}" } }`,
    });
    const env = { HOME: folder.path, MAO_ADMIN_KEY: KEY, MAO_ENGINE: `postgres://me:${KEY}@h/db` };
    const loaded = await loadConfig(alone(folder, { env }));
    const shown =
      JSON.stringify([loaded.redacted(), explain(loaded)]) +
      inspect(loaded, { depth: 20 }).replaceAll(/url: .*|address: .*|apiKey: '.*/g, '');
    expect(shown).not.toContain('0123456789');
    expect(loaded.redacted()).toMatchObject({
      models: { openai: { apiKey: '****ghij' } },
      engine: { address: 'postgres://****@h/db' },
    });
  });

  it('does not mistake token counts for secrets', () => {
    const { budgets } = resolveConfig({ budgets: { tokens: 5 } });
    expect(budgets.tokens).toBe(5);
  });

  it('holds no secret in a problem either', async () => {
    const folder = await temporaryFolder({
      'mao.config.yaml': `models: { openai: { apiKeyy: ${KEY}, apiKey: [${KEY}] } }\nkey: ${KEY}`,
    });
    expect(JSON.stringify(await issuesOf(alone(folder)))).not.toContain('0123456789');
  });
});

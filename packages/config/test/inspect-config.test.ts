import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configSettings, defaultConfig, inspectConfig, validate } from '../src/index.js';
import { alone, issuesOf, temporaryFolder } from './helpers.js';

describe('inspectConfig', () => {
  it('keeps what fits, leaves out what does not, and tells the same problems as loadConfig', async () => {
    const folder = await temporaryFolder({
      'mao.config.yaml': `server: { port: 99999, host: 10.0.0.1 }
maxConcurentAgents: 3
models: { concurrency: { lowest: 9, start: 3 }, openai: { apiKey: env:NOT_SET } }
plugins: { '@acme/weather': { city: Lisbon }, '@acme/other': 7 }
`,
    });
    const { loaded, issues } = await inspectConfig(alone(folder));
    expect(issues).toEqual(await issuesOf(alone(folder)));
    expect(issues.map(({ path }) => path)).toContain('server.port');
    expect(loaded.config.server).toMatchObject({ host: '10.0.0.1', port: defaultConfig().server.port });
    expect(loaded.config.models.openai.apiKey).toBeUndefined();
    expect(loaded.config.plugins).toEqual({ '@acme/weather': { city: 'Lisbon' } });
    expect(loaded.sources.get('server.host')).toMatchObject({ line: 1 });
    expect(validate(loaded.config)).toEqual([]);
  });

  it('tells nothing where the whole fits', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': 'server: { port: 8080 }\n' });
    const { loaded, issues } = await inspectConfig(alone(folder));
    expect(issues).toEqual([]);
    expect(loaded.config.server.port).toBe(8080);
  });

  it('goes on without a file that cannot be read', async () => {
    const folder = await temporaryFolder({
      'mao.config.yaml': 'server: { port: 1\n',
      '.env': 'MAX_CONCURRENT_AGENTS=3\n',
    });
    const { loaded, issues } = await inspectConfig(alone(folder));
    expect(issues).toHaveLength(1);
    expect(loaded.config.maxConcurrentAgents).toBe(3);
  });

  it('leaves alone what fits where the problem is in what was not taken', async () => {
    const folder = await temporaryFolder({
      '.config/mao/config.yaml': 'server: 7\n',
      'mao.config.yaml': 'server: { host: 10.0.0.1 }\nmodels: { __proto__: { a: 1 }, default: gpt-x }\n',
    });
    const { loaded, issues } = await inspectConfig(alone(folder));
    expect(issues.length).toBeGreaterThan(0);
    expect(loaded.config.server.host).toBe('10.0.0.1');
    expect(loaded.config.models.default).toBe('gpt-x');
  });

  it('refuses a file that was named and is not there', async () => {
    const folder = await temporaryFolder();
    await expect(inspectConfig(alone(folder, { file: 'nope.yaml' }))).rejects.toMatchObject({
      code: 'CONFIG_NOT_FOUND',
    });
  });

  it('gives a configuration that fits, whatever is wrong with what it is given', async () => {
    const folder = await temporaryFolder();
    const keys = configSettings().map(({ path }) => path.split('.'));
    const wrong = fc.oneof(fc.anything({ maxDepth: 2 }), fc.constantFrom(-1, 1e99, 'x', '', [], {}, [{ a: 1 }], null));
    const settings = fc.array(fc.tuple(fc.constantFrom(...keys), wrong), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(settings, fc.dictionary(fc.string(), wrong, { maxKeys: 3 }), async (given, others) => {
        const code: Record<string, unknown> = { ...others };
        for (const [path, value] of given) put(code, path, value);
        const options = alone(folder, { code });
        const { loaded, issues } = await inspectConfig(options);
        expect(validate(loaded.config)).toEqual([]);
        expect(issues).toEqual(await issuesOf(options));
      }),
      { numRuns: 300 },
    );
  });
});

function put(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = '', ...rest] = path;
  if (rest.length === 0) root[first] = value;
  else {
    const inner = root[first];
    const holder = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? { ...inner } : {};
    put(holder, rest, value);
    root[first] = holder;
  }
}

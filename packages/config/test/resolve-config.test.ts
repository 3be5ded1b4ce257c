import { describe, expect, it } from 'vitest';
import { ConfigInvalidError, defaultConfig, getProfile, resolveConfig, Secret, validate } from '../src/index.js';

describe('resolveConfig', () => {
  it('gives every documented default', () => {
    expect(defaultConfig()).toMatchObject({
      profile: 'development',
      maxConcurrentAgents: 10,
      models: {
        openai: { api: 'responses' },
        limits: { connectMs: 10_000, headersMs: 60_000, firstTokenMs: 120_000, silenceMs: 60_000, attemptMs: 600_000 },
      },
      agents: { turns: 20, parallelToolCalls: 16, taskTimeoutMs: 1_800_000 },
      recovery: { parking: false, plans: {} },
      breakers: { enabled: true, failureThreshold: 5, openMs: 60_000, successThreshold: 3 },
      tools: { defaultDeny: false, timeoutMs: 30_000, concurrent: 10, resultBytes: 1_048_576 },
      engine: { address: 'memory:', agingMs: 60_000, maxQueued: 10_000 },
      server: { host: '127.0.0.1', auth: { enabled: false }, rateLimitPerMinute: 100 },
      metrics: { enabled: true, prometheus: true },
      plugins: {},
    });
    expect(defaultConfig().recovery).not.toHaveProperty('retryMaxAttempts');
    expect(defaultConfig().models).not.toHaveProperty('default');
  });

  it('puts code above the profile and the profile above the defaults', () => {
    const config = resolveConfig({ profile: 'production', logging: { level: 'debug' } });
    expect(config.server.auth.enabled).toBe(true);
    expect(config.logging).toEqual({ level: 'debug', format: 'json' });
    expect(resolveConfig({ profile: 'production', server: { auth: { enabled: false } } }).server.auth.enabled).toBe(
      false,
    );
  });

  it('gives a complete configuration back unchanged', () => {
    const config = resolveConfig({
      profile: 'production',
      models: { openai: { apiKey: 'sk-1' } },
      plugins: { a: { b: null } },
    });
    expect(resolveConfig(config)).toEqual(config);
  });

  it('wraps a secret that is given as text', () => {
    const { apiKey } = resolveConfig({ models: { openai: { apiKey: 'sk-plain' } } }).models.openai;
    expect(apiKey).toBeInstanceOf(Secret);
    expect(apiKey?.reveal()).toBe('sk-plain');
  });

  it('refuses references, because it looks nothing up', () => {
    const issues = problemsOf(() => resolveConfig({ models: { openai: { apiKey: 'env:OPENAI_API_KEY' } } }));
    expect(issues).toMatchObject([
      { path: 'models.openai.apiKey', hint: expect.stringContaining('loadConfig') as string },
    ]);
  });

  it('freezes the answer all the way down', () => {
    const config = resolveConfig({ plugins: { a: { list: [{ b: 1 }] } } });
    expect(() => Object.assign(config.server.auth, { enabled: true })).toThrow(TypeError);
    expect(Object.isFrozen((config.plugins['a'] as { list: object[] }).list[0])).toBe(true);
  });

  it('does not keep or change what it was given', () => {
    const input = { plugins: { a: { list: [1] } } };
    resolveConfig(input);
    input.plugins.a.list.push(2);
    expect(input.plugins.a.list).toEqual([1, 2]);
    expect(Object.isFrozen(input)).toBe(false);
  });

  it('counts undefined as not given', () => {
    expect(resolveConfig({ maxConcurrentAgents: undefined, models: { default: undefined } })).toEqual(defaultConfig());
  });

  it('names all problems at once, each with what is allowed', () => {
    const bad = { maxConcurrentAgents: 0, logging: { level: 'loud' }, agents: { turn: 3 } } as never;
    const issues = problemsOf(() => resolveConfig(bad));
    expect(issues.map(({ path }) => path).sort()).toEqual(['agents.turn', 'logging.level', 'maxConcurrentAgents']);
    expect(issues.find(({ path }) => path === 'agents.turn')?.nearest).toBe('turns');
    expect(issues.find(({ path }) => path === 'maxConcurrentAgents')?.expected).toBe('a whole number from 1 to 100000');
    expect(issues.find(({ path }) => path === 'logging.level')?.value).toBe('"loud"');
  });

  it('throws CONFIG_INVALID as an error of validation that a person must mend', () => {
    expect(() => resolveConfig({ maxConcurrentAgents: 0 })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        category: 'VALIDATION_ERROR',
        severity: 'CRITICAL',
        isRetryable: false,
      }),
    );
  });

  it('refuses limits that contradict each other', () => {
    const issues = problemsOf(() =>
      resolveConfig({ models: { concurrency: { start: 5, lowest: 6 } }, shutdown: { exitMs: 1_000 } }),
    );
    expect(issues.map(({ path }) => path)).toEqual(['models.concurrency.start', 'shutdown.exitMs']);
  });
});

describe('getProfile', () => {
  it.each([
    ['development', 'pretty', false],
    ['testing', 'pretty', false],
    ['staging', 'json', false],
    ['production', 'json', true],
  ] as const)('of %s logs %s and asks for keys: %s', (name, format, isAuthOn) => {
    const config = getProfile(name);
    expect(config).toMatchObject({ profile: name, logging: { format }, server: { auth: { enabled: isAuthOn } } });
  });

  it('refuses a name that is no profile', () => {
    expect(() => getProfile('prod' as never)).toThrow(/development, testing, staging, production/);
  });
});

describe('validate', () => {
  it('returns nothing for a good part of a configuration', () => {
    expect(validate({ agents: { turns: 3 }, models: { openai: { apiKey: 'env:ANY' } } })).toEqual([]);
  });

  it.each([undefined, null, 5, 'x', [], () => 1, new Map()])('never throws on %s', (input) => {
    expect(Array.isArray(validate(input))).toBe(true);
  });

  it('says so when the whole is no object', () => {
    expect(validate([1])).toMatchObject([{ path: '', expected: 'an object' }]);
  });

  it('never shows a value that may be a secret', () => {
    const issues = validate({
      models: { openai: { apiKey: 5_551_234 } },
      server: { auth: { adminKey: ['hunter2hunter2'] } },
    });
    expect(issues).toHaveLength(2);
    expect(JSON.stringify(issues)).not.toMatch(/5551234|hunter2/);
  });

  it('finds the section that a misplaced setting belongs to', () => {
    expect(validate({ apiKey: 'x' })).toMatchObject([{ path: 'apiKey', nearest: 'models.openai.apiKey' }]);
  });

  it('forgives case and separators in what it suggests', () => {
    expect(validate({ max_concurrent_agents: 3 })).toMatchObject([{ nearest: 'maxConcurrentAgents' }]);
  });
});

function problemsOf(work: () => unknown): ConfigInvalidError['issues'] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error.issues;
    throw error;
  }
  return [];
}

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigInvalidError, configSettings, fromEnv } from '../src/index.js';

describe('fromEnv', () => {
  it.each([
    ['OPENAI_BASE_URL', 'http://127.0.0.1:11434/v1', 'models.openai.baseUrl', 'http://127.0.0.1:11434/v1'],
    ['MAX_CONCURRENT_AGENTS', '4', 'maxConcurrentAgents', 4],
    ['DEFAULT_MODEL', 'gpt-4o-mini', 'models.default', 'gpt-4o-mini'],
    ['ENABLE_CIRCUIT_BREAKERS', 'false', 'breakers.enabled', false],
    ['RETRY_MAX_ATTEMPTS', '2', 'recovery.retryMaxAttempts', 2],
    ['CIRCUIT_FAILURE_THRESHOLD', '9', 'breakers.failureThreshold', 9],
    ['ENABLE_AUTH', 'true', 'server.auth.enabled', true],
    ['RATE_LIMIT_PER_MINUTE', '7', 'server.rateLimitPerMinute', 7],
    ['ENABLE_METRICS', 'off', 'metrics.enabled', false],
    ['PROMETHEUS_ENABLED', '0', 'metrics.prometheus', false],
    ['LOG_LEVEL', 'WARN', 'logging.level', 'warn'],
    ['MAO_PROFILE', 'staging', 'profile', 'staging'],
    ['MAO_ENGINE', 'sqlite:./x.db', 'engine.address', 'sqlite:./x.db'],
    ['MAO_MODELS__LIMITS__FIRST_TOKEN_MS', '5', 'models.limits.firstTokenMs', 5],
    [
      'MAO_SERVER__CORS__ORIGINS',
      'https://a.example, https://b.example',
      'server.cors.origins',
      ['https://a.example', 'https://b.example'],
    ],
    ['MAO_SERVER__CORS__ORIGINS', '["https://a.example"]', 'server.cors.origins', ['https://a.example']],
    ['MAO_PLUGINS', '{"@acme/x":{"y":1}}', 'plugins', { '@acme/x': { y: 1 } }],
    ['MAO_RECOVERY__RETRY_BUDGET__PER_SUCCESS', '.5', 'recovery.retryBudget.perSuccess', 0.5],
  ])('reads %s=%s into %s', (name, text, path, value) => {
    expect(fromEnv({ [name]: text })).toHaveProperty(path, value);
  });

  it('reads OPENAI_API_KEY as a secret', () => {
    expect(fromEnv({ OPENAI_API_KEY: ' sk-abc ' }).models.openai.apiKey?.reveal()).toBe('sk-abc');
  });

  it('counts an empty variable as unset', () => {
    expect(fromEnv({ MAX_CONCURRENT_AGENTS: '', OPENAI_API_KEY: ' ' })).toEqual(fromEnv({}));
  });

  it('prefers the long name where two variables set one thing', () => {
    const env = { MAX_CONCURRENT_AGENTS: '4', MAO_MAX_CONCURRENT_AGENTS: '5', DEFAULT_MODEL: 'a', MAO_MODEL: 'b' };
    expect(fromEnv(env)).toMatchObject({ maxConcurrentAgents: 5, models: { default: 'b' } });
  });

  it.each([
    ['MAX_CONCURRENT_AGENTS', 'ten'],
    ['MAX_CONCURRENT_AGENTS', '0x10'],
    ['MAX_CONCURRENT_AGENTS', '1e999'],
    ['MAX_CONCURRENT_AGENTS', '2.5'],
    ['ENABLE_AUTH', 'maybe'],
    ['LOG_LEVEL', 'loud'],
    ['MAO_PLUGINS', '{"a":'],
    ['OPENAI_BASE_URL', 'ftp://x'],
    ['OPENAI_BASE_URL', 'not a url'],
    ['MAO_ENGINE', 'nowhere'],
  ])('refuses %s=%s and names the variable', (name, text) => {
    expect(() => fromEnv({ [name]: text })).toThrow(new RegExp(`environment variable ${name}: `));
  });

  it('refuses a MAO_ variable that sets nothing, with the nearest name', () => {
    expect(() => fromEnv({ MAO_SERVR__PORT: '1' })).toThrow(
      /MAO_SERVR__PORT is a variable|Did you mean MAO_SERVER__PORT\?/,
    );
  });

  it('leaves MAO_X_ variables and those of others alone', () => {
    expect(fromEnv({ MAO_X_ANYTHING: '1', PATH: '/bin', HOME: '/root' })).toEqual(fromEnv({}));
  });

  it.each(['AGENT__PROTO__POLLUTED', 'APP____proto____polluted', 'MAO___PROTO____POLLUTED', '__proto__'])(
    'lets no variable such as %s reach a prototype',
    (name) => {
      const env = Object.defineProperty({}, name, { value: '1', enumerable: true });
      expect(outcomeOf(env)).toMatch(/^(ok|CONFIG_INVALID)$/);
      expect({}).not.toHaveProperty('polluted');
    },
  );

  it('sees own variables only', () => {
    expect(fromEnv(Object.create({ MAX_CONCURRENT_AGENTS: '3' }) as Record<string, string>)).toEqual(fromEnv({}));
  });

  it('gives every setting a variable of its own', () => {
    const names = configSettings().flatMap(({ variables }) => variables);
    expect(new Set(names).size).toBe(names.length);
    expect(configSettings().every(({ variables }) => /^MAO_[A-Z0-9_]+$/.test(variables[0] ?? ''))).toBe(true);
  });

  it('gives a result or a CONFIG_INVALID for any text in any variable', () => {
    const names = configSettings().flatMap(({ variables }) => variables);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'binary' }), { maxKeys: 5 }), (env) => {
        expect(outcomeOf(env)).toMatch(/^(ok|CONFIG_INVALID)$/);
      }),
      { numRuns: 200 },
    );
  });
});

function outcomeOf(env: Record<string, string>): string {
  try {
    return fromEnv(env).maxConcurrentAgents > 0 ? 'ok' : 'odd';
  } catch (error) {
    return error instanceof ConfigInvalidError ? error.code : String(error);
  }
}

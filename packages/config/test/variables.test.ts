import { describe, expect, it } from 'vitest';
import { fromEnv, getProfile, type OrchestratorConfig } from '../src/index.js';

type Read = (config: OrchestratorConfig) => unknown;

/** Each variable with what holds without it, a text, and what that text makes of it. */
const VARIABLES: readonly (readonly [name: string, read: Read, usual: unknown, text: string, set: unknown])[] = [
  ['OPENAI_API_KEY', ({ models }) => models.openai.apiKey?.reveal(), undefined, 'sk-one', 'sk-one'],
  ['MAX_CONCURRENT_AGENTS', ({ maxConcurrentAgents }) => maxConcurrentAgents, 10, '3', 3],
  // Unset, the first model of the provider is taken: gpt-4o of OpenAI, see the tests of the command.
  ['DEFAULT_MODEL', ({ models }) => models.default, undefined, 'gpt-4o-mini', 'gpt-4o-mini'],
  ['ENABLE_CIRCUIT_BREAKERS', ({ breakers }) => breakers.enabled, true, 'false', false],
  ['RETRY_MAX_ATTEMPTS', ({ recovery }) => recovery.retryMaxAttempts, undefined, '2', 2],
  ['CIRCUIT_FAILURE_THRESHOLD', ({ breakers }) => breakers.failureThreshold, 5, '9', 9],
  ['ENABLE_AUTH', ({ server }) => server.auth.enabled, false, 'true', true],
  ['RATE_LIMIT_PER_MINUTE', ({ server }) => server.rateLimitPerMinute, 100, '7', 7],
  ['ENABLE_METRICS', ({ metrics }) => metrics.enabled, true, 'false', false],
  ['PROMETHEUS_ENABLED', ({ metrics }) => metrics.prometheus, true, 'false', false],
];

describe.each(VARIABLES)('%s', (name, read, usual, text, set) => {
  it(`unset or empty leaves the default, ${String(usual)}`, () => {
    expect([read(fromEnv({})), read(fromEnv({ [name]: '' }))]).toEqual([usual, usual]);
  });

  it(`set to ${text} has its effect, and no other`, () => {
    const config = fromEnv({ [name]: text });
    expect(read(config)).toBe(set);
    const others = VARIABLES.filter(([other]) => other !== name);
    expect(others.map(([, each]) => each(config))).toEqual(others.map(([, , unset]) => unset));
  });
});

it('asks for keys in production unless ENABLE_AUTH says otherwise', () => {
  expect(getProfile('production').server.auth.enabled).toBe(true);
  expect(fromEnv({ MAO_PROFILE: 'production' }).server.auth.enabled).toBe(true);
  expect(fromEnv({ MAO_PROFILE: 'production', ENABLE_AUTH: 'false' }).server.auth.enabled).toBe(false);
});

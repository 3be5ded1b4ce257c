import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configSettings, explain, loadConfig } from '../src/index.js';
import { alone, temporaryFolder } from './helpers.js';

describe('explain', () => {
  it('names the source of each value, with file, line and column or variable', async () => {
    const folder = await temporaryFolder({
      'mao.config.yaml': 'profile: production\nagents:\n  turns: 7\n',
      '.env': '\nMAX_CONCURRENT_AGENTS=3\n',
    });
    const loaded = await loadConfig(
      alone(folder, {
        env: { HOME: folder.path, LOG_LEVEL: 'warn' },
        code: { metrics: { enabled: false } },
        flags: { 'server.port': '0' },
      }),
    );
    const origin = (path: string): string | undefined => explain(loaded).find((line) => line.path === path)?.origin;
    expect(origin('agents.turns')).toBe(`${join(folder.path, 'mao.config.yaml')}:3:10`);
    expect(origin('maxConcurrentAgents')).toBe(`MAX_CONCURRENT_AGENTS in ${join(folder.path, '.env')}:2`);
    expect(origin('logging.level')).toBe('environment variable LOG_LEVEL');
    expect(origin('server.auth.enabled')).toBe('profile production');
    expect(origin('metrics.enabled')).toBe('code');
    expect(origin('server.port')).toBe('flag server.port');
    expect(origin('agents.parallelToolCalls')).toBe('default');
  });

  it('has a line for every setting, in the order of the schema', async () => {
    const folder = await temporaryFolder();
    const lines = explain(await loadConfig(alone(folder)));
    expect(lines.map(({ path }) => path)).toEqual(configSettings().map(({ path }) => path));
    expect(lines.every(({ description }) => description !== undefined && description.length > 10)).toBe(true);
  });

  it('has a line for each setting of a plugin', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': 'plugins:\n  "@a/b":\n    c: { d: [1] }\n  e:\n' });
    const lines = explain(await loadConfig(alone(folder))).filter(({ path }) => path.startsWith('plugins'));
    expect(lines.map(({ path, value }) => [path, value])).toEqual([
      ['plugins["@a/b"].c.d', [1]],
      ['plugins.e', {}],
    ]);
  });
});

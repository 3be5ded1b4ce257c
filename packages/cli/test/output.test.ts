import { describe, expect, it } from 'vitest';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';
import { startMaoOnTerminal } from './helpers/spawn-mao.js';
import { table } from '../src/output/table.js';
import { ago, cost, count, duration, excerpt, tokens } from '../src/output/format.js';

const ESCAPE = '\u001B';
const argv = ['doctor', '--offline', '--set', 'server.port=0'];

describe('colour', () => {
  it('is for terminals, and each stream decides for itself', async () => {
    const cwd = folderWith();
    expect((await mao(argv, { cwd })).stdout).not.toContain(ESCAPE);
    expect((await mao(argv, { cwd, isTerminal: true })).stdout).toContain(`${ESCAPE}[32mok`);
  });

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }, { NODE_DISABLE_COLORS: '1' }])('is turned off by %j', async (env) => {
    const { stdout } = await mao(argv, { cwd: folderWith(), isTerminal: true, env });
    expect(stdout).not.toContain(ESCAPE);
  });

  it('is turned off by --no-color, and on for a pipe by FORCE_COLOR', async () => {
    const cwd = folderWith();
    expect((await mao([...argv, '--no-color'], { cwd, isTerminal: true })).stdout).not.toContain(ESCAPE);
    expect((await mao(argv, { cwd, env: { FORCE_COLOR: '1' } })).stdout).toContain(ESCAPE);
    expect((await mao([...argv, '--no-color'], { cwd, env: { FORCE_COLOR: '1' } })).stdout).not.toContain(ESCAPE);
  });

  it('is never in JSON', async () => {
    const { stdout } = await mao([...argv, '--json'], {
      cwd: folderWith(),
      isTerminal: true,
      env: { FORCE_COLOR: '1' },
    });
    expect(stdout).not.toContain(ESCAPE);
  });

  it('obeys NO_COLOR on a real terminal, without the live line', async () => {
    const started = startMaoOnTerminal(['run', '--memory', 'hi'], { cwd: folderWith(), env: { NO_COLOR: '1' } });
    const { code, stdout } = await started.ended;
    expect(code).toBe(0);
    expect(stdout).not.toContain(ESCAPE);
  });
});

describe('words for people', () => {
  it('tell times, money, tokens and numbers', () => {
    expect([0.44, 9.96, 250.4, 12_340, 245_000, 7_500_000].map(duration)).toEqual([
      '0.4 ms',
      '10.0 ms',
      '250 ms',
      '12.3 s',
      '4 min 5 s',
      '2 h 5 min',
    ]);
    expect([undefined, 0, 0.000012, 0.5].map(cost)).toEqual(['cost unknown', '$0.0000', '$0.000012', '$0.5000']);
    const usage = { inputTokens: 120, outputTokens: 8, cachedInputTokens: 0, reasoningTokens: 0 };
    expect([tokens(usage), tokens({ ...usage, isEstimated: true })]).toEqual([
      '120 + 8 tokens',
      '120 + 8 tokens (estimated)',
    ]);
    const now = Date.UTC(2026, 2, 4, 10, 20);
    expect([1, 30, 300, 7_200, 90_000].map((seconds) => ago(now - seconds * 1_000, now))).toEqual([
      'just now',
      '30 s ago',
      '5 min ago',
      '2 h ago',
      '2026-03-03 09:20',
    ]);
    expect([count(1, 'task'), count(2, 'task')]).toEqual(['1 task', '2 tasks']);
    expect([excerpt(' a\n b ', 5), excerpt('abcdef', 4)]).toEqual(['a b', 'abc…']);
  });

  it('stand in columns, escape sequences not counted', () => {
    expect(
      table(
        ['A', 'B'],
        [
          [`${ESCAPE}[1mxx${ESCAPE}[22m`, 'y'],
          ['z', ''],
        ],
      ),
    ).toEqual(['A   B', `${ESCAPE}[1mxx${ESCAPE}[22m  y`, 'z']);
    expect(table(['A'], [])).toEqual([]);
  });
});

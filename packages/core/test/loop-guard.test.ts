import { describe, expect, it } from 'vitest';
import { LoopGuard, type ObservedCall } from '../src/run/loop-guard.js';

const call = (name: string, args: unknown, output: unknown): ObservedCall => ({
  name,
  arguments: JSON.stringify(args),
  output: String(output),
});

function verdicts(turns: readonly (readonly ObservedCall[])[]): string[] {
  const guard = new LoopGuard();
  return turns.map((calls) => guard.observe(calls).verdict);
}

describe('loops', () => {
  const cycles = Array.from({ length: 30 }, (_, seed) => {
    const period = (seed % 3) + 1;
    const width = (seed % 2) + 1;
    return Array.from({ length: period }, (_unused, turn) =>
      Array.from({ length: width }, (_none, n) => call(`tool${turn}`, { n, seed }, seed)),
    );
  });

  it.each(cycles.map((cycle, index) => [index, cycle] as const))(
    'cycle %i is noticed within two periods and stopped',
    (_index, cycle) => {
      const prefix = [[call('start', {}, 'x')], [call('other', {}, 'y')]];
      const turns = [...prefix, ...Array.from({ length: 6 }, () => cycle).flat()];
      const seen = verdicts(turns);
      expect(seen.indexOf('warn')).toBeLessThan(prefix.length + 2 * cycle.length);
      expect(seen).toContain('warn');
      expect(seen).toContain('stop');
    },
  );
});

describe('work that looks alike but goes on', () => {
  const patterns: Record<string, readonly (readonly ObservedCall[])[]> = {
    'one tool over many items': Array.from({ length: 50 }, (_, n) => [call('read', { file: n }, 'same text')]),
    'polling with changing results': Array.from({ length: 50 }, (_, n) => [call('status', { id: 1 }, `${n} %`)]),
    'two tools by turns over items': Array.from({ length: 40 }, (_, n) => [
      call(n % 2 === 0 ? 'get' : 'put', { item: Math.floor(n / 2) }, 'ok'),
    ]),
    'the same look-up between different steps': Array.from({ length: 30 }, (_, n) => [
      n % 2 === 0 ? call('config', {}, 'c') : call('step', { n }, n),
    ]),
    'the same write with growing content': Array.from({ length: 20 }, (_, n) => [
      call('write', { text: 'x'.repeat(n) }, 'ok'),
    ]),
    'pages of one list': Array.from({ length: 25 }, (_, n) => [call('list', { page: n }, 'rows')]),
  };

  it.each(Object.entries(patterns))('%s is not stopped', (_name, turns) => {
    expect(verdicts(turns)).not.toContain('stop');
    expect(verdicts(turns)).not.toContain('reset');
  });
});

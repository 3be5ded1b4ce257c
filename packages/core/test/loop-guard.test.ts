import { describe, expect, it } from 'vitest';
import type { Json } from '@master-orchestrator/errors';
import { canonicalJson } from '@master-orchestrator/tools';
import { canonicalText } from '../src/run/canonical-text.js';
import { LoopGuard, type ObservedCall } from '../src/run/loop-guard.js';

type Turn = readonly ObservedCall[];

const call = (name: string, args: unknown, output: unknown): ObservedCall => ({
  name,
  arguments: typeof args === 'string' ? canonicalText(args) : canonicalJson(args as Json),
  output: typeof output === 'string' ? output : JSON.stringify(output),
});
const one = (name: string, args: unknown, output: unknown): Turn => [call(name, args, output)];
const count = (length: number): number[] => Array.from({ length }, (_, n) => n);

function verdicts(turns: readonly Turn[]): string[] {
  const guard = new LoopGuard();
  return turns.map((calls) => guard.observe(calls).verdict);
}

const read = (file: string): Turn => one('read_file', { file }, `text of ${file}`);
const search = (query: string): Turn => one('web_search', { query }, 'no results');
const failed = (name: string, args: unknown): Turn => one(name, args, 'TOOL_FAILED: it does not work');

/** One period of each loop. */
const loops: Record<string, readonly Turn[]> = {
  'the same call': [read('a')],
  'a search without results': [search('x')],
  'a failing call': [failed('deploy', { to: 'production' })],
  'an unknown tool': [one('read_fil', { file: 'a' }, 'TOOL_UNKNOWN: did you mean read_file?')],
  'a tool that is not granted': [one('delete', { id: 1 }, 'TOOL_FORBIDDEN')],
  'arguments that do not fit': [one('add', '{"a": "one"}', 'TOOL_ARGUMENTS_INVALID: a: expected number')],
  'arguments that are no JSON': [one('add', '{"a": 1', 'TOOL_ARGUMENTS_INVALID: not JSON')],
  'a call that is always denied': [one('pay', { amount: 5 }, 'APPROVAL_DENIED')],
  'an empty result': [one('list', {}, [])],
  'a call without arguments': [one('now', {}, '12:00')],
  'a very long result': [one('dump', {}, 'x'.repeat(50_000))],
  'the same write': [one('write', { file: 'a', text: 'hello' }, 'ok')],
  'the same question to an agent': [one('delegate_to_helper', { task: 'help me' }, 'I cannot')],
  'two calls by turns': [read('a'), read('b')],
  'write and test': [one('write', { file: 'a', text: '1' }, 'ok'), one('test', {}, '1 failed')],
  'do and undo': [one('rename', { from: 'a', to: 'b' }, 'ok'), one('rename', { from: 'b', to: 'a' }, 'ok')],
  'search and read': [search('x'), read('a')],
  'two failing calls by turns': [failed('get', { id: 1 }), failed('put', { id: 1 })],
  'a handoff to and fro': [
    one('transfer_to_b', { reason: 'yours' }, 'ok'),
    one('transfer_to_a', { reason: 'yours' }, 'ok'),
  ],
  'plan, act, look': [one('plan', {}, 'p'), one('act', { step: 1 }, 'nothing changed'), one('look', {}, 'as before')],
  'three files in turn': ['a', 'b', 'c'].map(read),
  'four searches in turn': ['a', 'b', 'c', 'd'].map(search),
  'five files in turn': ['a', 'b', 'c', 'd', 'e'].map(read),
  'six files in turn': ['a', 'b', 'c', 'd', 'e', 'f'].map(read),
  'eight files in turn': count(8).map((n) => read(`file ${n}`)),
  'two calls at once': [[...read('a'), ...read('b')]],
  'two turns of two calls': [
    [...read('a'), ...read('b')],
    [...search('x'), ...search('y')],
  ],
  'ten calls at once': [count(10).flatMap((n) => read(`file ${n}`))],
  'one and then two calls': [read('a'), [...read('b'), ...read('c')]],
  'a nested argument': [one('query', { where: { a: { b: [1, { c: 2 }] } } }, 'none')],
};

describe('a loop is noticed within two periods and stopped in the end', () => {
  it('comes in thirty forms', () => expect(Object.keys(loops)).toHaveLength(30));

  it.each(Object.entries(loops))('%s', (_name, period) => {
    const before = [one('start', {}, 'x'), one('other', {}, 'y')];
    const seen = verdicts([...before, ...count(6).flatMap(() => period)]);
    const warned = seen.indexOf('warn');
    expect(warned).toBeGreaterThan(0);
    expect(warned).toBeLessThan(before.length + 2 * period.length);
    expect(seen.indexOf('reset')).toBeGreaterThan(warned);
    expect(seen.indexOf('stop')).toBeGreaterThan(seen.indexOf('reset'));
  });

  it('whatever the order of keys, of spaces and of calls at once', () => {
    const a = '{"x": 1, "y": {"b": 2, "a": [1, 2]}}';
    const b = '{ "y": {"a":[1,2], "b":2}, "x":1 }';
    const turns = [
      [call('f', a, 'r'), call('g', {}, 's')],
      [call('g', {}, 's'), call('f', b, 'r')],
      [call('f', b, 'r'), call('g', {}, 's')],
      [call('f', a, 'r'), call('g', {}, 's')],
    ];
    expect(verdicts(turns)).toEqual(['ok', 'warn', 'reset', 'stop']);
  });

  it('also where calls whose results are known come again in no order', () => {
    const order = 'abcabc bcaacbbacabcbacabbcacbabcacb'.replaceAll(' ', '').split('');
    const seen = verdicts(order.map(read));
    expect(seen).toContain('warn');
    expect(seen).toContain('stop');
  });
});

/** What good agents do that looks alike. */
const bulk: Record<string, readonly Turn[]> = {
  'one tool over many items': count(50).map((n) => one('read', { file: n }, 'same text')),
  'many items at once': count(20).map((n) => count(5).flatMap((m) => one('read', { file: `${n}.${m}` }, 'text'))),
  'pages of one list': count(25).map((page) => one('list', { page }, 'rows')),
  'pages by a cursor': count(25).map((n) => one('list', { cursor: `c${n}` }, { next: `c${n + 1}` })),
  'the same call that goes on by itself': count(25).map((n) => one('next_batch', {}, { batch: n })),
  'polling with changing results': count(50).map((n) => one('status', { id: 1 }, `${n} %`)),
  'waiting by turns with polling': count(40).map((n) =>
    n % 2 === 0 ? one('wait', { s: n }, 'ok') : one('status', {}, n),
  ),
  'two tools by turns over items': count(40).map((n) => one(n % 2 === 0 ? 'get' : 'put', { item: n >> 1 }, 'ok')),
  'three tools in turn over items': count(45).map((n) =>
    one(['get', 'change', 'put'][n % 3] ?? '', { item: Math.floor(n / 3) }, 'ok'),
  ),
  'the same look-up between different steps': count(30).map((n) =>
    n % 2 === 0 ? one('config', {}, 'c') : one('step', { n }, n),
  ),
  'the same look-up beside different steps': count(30).map((n) => [call('config', {}, 'c'), call('step', { n }, 'ok')]),
  'the same write with growing content': count(20).map((n) => one('write', { text: 'x'.repeat(n) }, 'ok')),
  'the same test after different edits': count(30).map((n) =>
    n % 2 === 0 ? one('edit', { line: n }, 'ok') : one('test', {}, '3 failed'),
  ),
  'tests that fail less and less': count(12).flatMap((n) => [
    one('edit', { file: 'a' }, `v${n}`),
    one('test', {}, `${12 - n} failed`),
  ]),
  'different searches without results': count(20).map((n) => search(`word ${n}`)),
  'different failures': count(12).map((n) => failed('try', { n })),
  'one failure and then other arguments': [
    failed('f', { a: 1 }),
    ...count(10).map((n) => one('f', { a: n + 2 }, 'ok')),
  ],
  'reading all files twice, to check': [...count(20), ...count(20)].map((n) => read(`file ${n}`)),
  'reading before and after each change': count(10).flatMap((n) => [read('a'), one('edit', { n }, 'ok'), read('a')]),
  'sending mails with one text': count(30).map((n) => one('send', { to: `p${n}@example.com`, text: 'Hello' }, 'sent')),
  'sending mails at once': count(8).map((n) => count(4).flatMap((m) => one('send', { to: `${n}${m}` }, 'sent'))),
  'inserting rows with generated ids': count(30).map((n) => one('insert', { table: 't', row: { a: 1 } }, { id: n })),
  'throwing dice': count(30).map((n) => one('random', {}, (n * 7_919) % 101)),
  'a clock that is asked again and again': count(20).map((n) => one('now', {}, `12:00:${n}`)),
  'delegating parts of one task': count(12).map((n) => one('delegate_to_helper', { task: `part ${n}` }, 'done')),
  'the same file in long pieces': count(20).map((n) => one('read', { offset: n * 100, limit: 100 }, 'x'.repeat(5_000))),
  'a tree of folders': count(30).map((n) => one('list', { path: '/a'.repeat(n + 1) }, ['a'])),
  'a bisection': count(15).map((n) => one('check', { commit: 1_024 >> n }, n % 2 === 0 ? 'good' : 'bad')),
  'calculations in a row': count(30).map((n) => one('add', { a: n, b: n + 1 }, 2 * n + 1)),
  'two lists that are walked together': count(20).flatMap((n) => [one('left', { n }, 'l'), one('right', { n }, 'r')]),
};

describe('work that looks alike but goes on is not stopped', () => {
  it('comes in thirty forms', () => expect(Object.keys(bulk)).toHaveLength(30));

  it.each(Object.entries(bulk))('%s', (_name, turns) => {
    const seen = verdicts(turns);
    expect(seen).not.toContain('stop');
    expect(seen).not.toContain('reset');
  });
});

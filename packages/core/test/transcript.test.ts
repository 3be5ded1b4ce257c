import type { ModelItem } from '@master-orchestrator/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compact } from '../src/index.js';
import { paired, Transcript } from '../src/run/transcript.js';

const id = fc.constantFrom('a', 'b', 'c', 'd');
const item: fc.Arbitrary<ModelItem> = fc.oneof(
  fc.record({
    type: fc.constant('message' as const),
    role: fc.constantFrom('user' as const, 'assistant' as const, 'system' as const),
    content: fc.string({ maxLength: 3_000 }),
  }),
  fc.record({
    type: fc.constant('tool-call' as const),
    callId: id,
    name: fc.constant('t'),
    arguments: fc.constant('{}'),
  }),
  fc.record({
    type: fc.constant('tool-result' as const),
    callId: id,
    name: fc.constant('t'),
    output: fc.string({ maxLength: 3_000 }),
  }),
);

function isPaired(items: readonly ModelItem[]): boolean {
  const open = new Set<string>();
  for (const each of items) {
    if (each.type === 'tool-call') open.add(each.callId);
    if (each.type === 'tool-result' && !open.delete(each.callId)) return false;
  }
  return open.size === 0;
}

it('pairs every call with one result, whatever it is given', () => {
  fc.assert(fc.property(fc.array(item, { maxLength: 30 }), (items) => isPaired(paired(items))));
});

it('leaves a transcript in order as it is', () => {
  const items: ModelItem[] = [
    { type: 'message', role: 'user', content: 'x' },
    { type: 'tool-call', callId: 'a', name: 't', arguments: '{}' },
    { type: 'tool-result', callId: 'a', name: 't', output: 'y' },
  ];
  expect(paired(items)).toBe(items);
});

it('never gives two calls the same id', () => {
  const call = (callId: string): ModelItem => ({ type: 'tool-call', callId, name: 't', arguments: '{}' });
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.constantFrom('a', 'b', ''), { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
      (answers) => {
        const transcript = new Transcript([]);
        for (const ids of answers) transcript.addAnswer(ids.map(call));
        const seen = transcript.items.flatMap((each) => (each.type === 'tool-call' ? [each.callId] : []));
        return new Set(seen).size === seen.length && !seen.includes('');
      },
    ),
  );
});

it('compacts without breaking pairs, and keeps the first question and the system messages', () => {
  fc.assert(
    fc.property(
      fc.array(item, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 10, max: 2_000 }),
      (items, maxTokens) => {
        const whole = paired(items);
        const kept = compact(whole, { maxTokens });
        const systems = (list: readonly ModelItem[]) =>
          list.filter((each) => each.type === 'message' && each.role === 'system').length;
        const first = whole.find((each) => each.type === 'message' && each.role === 'user');
        return isPaired(kept) && systems(kept) === systems(whole) && (first === undefined || kept.includes(first));
      },
    ),
  );
});

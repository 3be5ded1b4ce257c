import type { Bomb } from './bombs.js';

const refused = { refuse: true, acceptCategories: ['VALIDATION_ERROR', 'RESOURCE_ERROR'] };

/** A short list of our own: the worst of each kind. */
export const OWN_BOMBS: readonly Bomb[] = [
  text('deep', { repeat2: { open: '[', close: ']', times: 1_000_000 } }),
  text('deep and never closed', { repeat: { prefix: '', unit: '[{"":', times: 50_000, suffix: '' } }),
  text('large', { repeat: { prefix: '"', unit: 'a', times: 16 * 1_048_576, suffix: '"' } }),
  text('wide object', { keys: 300_000 }),
  text('wide array of objects', { repeat: { prefix: '[', unit: '{},', times: 3_000_000, suffix: '{}]' } }),
  // Within the limit of bytes, so that it is read to where the limit of values ends it.
  text('wide within the limit of bytes', { repeat: { prefix: '[', unit: '{},', times: 340_000, suffix: '{}]' } }),
  text('escapes', { repeat: { prefix: '"', unit: '\\u0000', times: 1_000_000, suffix: '"' } }),
  text('blanks', { repeat: { prefix: '', unit: '\n', times: 1_000_000, suffix: '!' } }),
  value('object graph sharing one 1 MiB string 2,000 times'),
  value('DAG: 40 levels, each {l: x, r: x}'),
  value('array with length 4294967295 and no elements'),
  value('Proxy with ownKeys trap of 1e7 keys'),
];

function text(id: string, build: NonNullable<Bomb['build']>): Bomb {
  return { id, tools: ['json_parse'], build, expect: refused };
}

function value(words: string): Bomb {
  return { id: words, tools: ['json_stringify'], build: { value: words }, expect: refused };
}

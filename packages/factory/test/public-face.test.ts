import { expect, it } from 'vitest';
import * as face from '../src/index.js';
import manifest from '../package.json' with { type: 'json' };

it('offers these names and no others', () => {
  expect(Object.keys(face).toSorted()).toMatchInlineSnapshot(`
    [
      "AgentFactory",
      "runMapReduce",
      "runParallel",
      "runPipeline",
    ]
  `);
});

it('has these entries', () => {
  expect(Object.keys(manifest.exports)).toMatchInlineSnapshot(`
    [
      ".",
      "./package.json",
    ]
  `);
});

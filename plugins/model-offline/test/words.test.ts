import { describe, expect, it } from 'vitest';
import { splitWords, stem, stemSet } from '../src/text/words.js';

describe('splitWords', () => {
  it.each([
    ['readFile', ['read', 'file']],
    ['read_file', ['read', 'file']],
    ['read-file', ['read', 'file']],
    ['parseHTTPResponse2', ['parse', 'http', 'response2']],
    ["the team's JSONPath", ['the', 'team', 'jsonpath']],
    ['TypeScript', ['typescript']],
    ['Größe', ['größe']],
  ])('takes %s apart', (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });
});

describe('stem', () => {
  it.each([
    ['analyse', 'analyze', 'analysis', 'analyses', 'analytics', 'analysing', 'analyst'],
    ['finding', 'findings', 'find', 'finds'],
    ['file', 'files'],
    ['directory', 'directories'],
    ['validate', 'validates', 'validation', 'validating', 'validator'],
    ['plot', 'plots', 'plotting', 'plotted'],
    ['report', 'reports', 'reporting', 'reported', 'reporter'],
    ['write', 'writes', 'writing', 'written', 'writer'],
    ['translate', 'translates', 'translation', 'translator'],
    ['review', 'reviews', 'reviewer', 'reviewing'],
    ['value', 'values'],
    ['fetch', 'fetches', 'fetching'],
    ['summarise', 'summarize', 'summary', 'summaries'],
    ['refund', 'refunds', 'refunded'],
    ['vulnerability', 'vulnerabilities', 'vulnerable'],
  ])('brings the forms of %s together', (...forms) => {
    expect(new Set(forms.map(stem)).size).toBe(1);
  });

  it('keeps different words apart', () => {
    const words = ['read', 'report', 'data', 'date', 'list', 'last', 'code', 'cost', 'file', 'fill', 'mean', 'main'];
    expect(new Set(words.map(stem)).size).toBe(words.length);
  });
});

it('leaves out words that say nothing', () => {
  expect([...stemSet('Please give me the mean of all of these')]).toEqual(['mean']);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../src/internal/parse-arguments.js';
import { hasSharedData, sharedData } from './support/shared-data.js';

const problem = (text: string): string | undefined => {
  const parsed = parseArguments(text);
  return parsed.ok ? undefined : parsed.problem;
};
const repeat = (open: string, middle: string, close: string, times: number): string =>
  open.repeat(times) + middle + close.repeat(times);

describe('arguments', () => {
  it('gives back every JSON object that has no "__proto__" and only exact numbers', () => {
    const json = fc.jsonValue({ maxDepth: 6 }).filter((value) => !JSON.stringify(value).includes('__proto__'));
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((key) => key !== '__proto__'),
          json,
        ),
        (value) => {
          const text = JSON.stringify(value);
          expect(parseArguments(text)).toEqual({ ok: true, value: JSON.parse(text) as unknown });
        },
      ),
    );
  });

  it.each([
    ['an empty text', '', {}],
    ['blanks', ' \n\t', {}],
    ['a code fence', '```json\n{"a":1}\n```', { a: 1 }],
    ['a code fence without a name', '```\n{"a":1}\n```  ', { a: 1 }],
    ['an object in a string', JSON.stringify('{"a":"b"}'), { a: 'b' }],
  ])('repairs %s and says so', (_what, text, value) => {
    expect(parseArguments(text)).toMatchObject({ ok: true, value, repair: expect.any(String) as string });
  });

  it.each([
    ['an array', '[1]', 'not an array'],
    ['null', 'null', 'not null'],
    ['a number', '3', 'not a number'],
    ['a string that is no object', '"hello"', 'not a string'],
    ['a string in a string', JSON.stringify(JSON.stringify('{}')), 'not a string'],
    ['two documents', '{}{}', 'not valid JSON'],
    ['a trailing comma', '{"a":1,}', 'not valid JSON'],
    ['single quotes', "{'a':1}", 'not valid JSON'],
    ['text around a fence', 'Here:\n```json\n{}\n```', 'not valid JSON'],
    ['a repeated key', '{"a":1,"b":{"c":1,"c":2}}', 'the key "c" appears twice'],
    ['a repeated key in another spelling', '{"a":1,"\\u0061":2}', 'the key "a" appears twice'],
    ['an own __proto__', '{"__proto__":{"x":1}}', '"__proto__" is not accepted'],
    ['an own __proto__ in another spelling', '{"a":[{"__pr\\u006fto__":1}]}', '"__proto__" is not accepted'],
    ['a number that is infinite', '{"a":1e400}', 'too large'],
    ['an integer that would change', '{"a":9007199254740993}', '9007199254740993'],
    ['65 levels', `{"a":${repeat('[', '', ']', 64)}}`, 'deeper than 64'],
    ['many values', `{"a":[${'0,'.repeat(100_001)}0]}`, 'more than 100000 values'],
    ['a long text', `{"a":"${'x'.repeat(1_048_576)}"}`, 'at most 1048576'],
  ])('refuses %s', (_what, text, words) => {
    expect(problem(text)).toContain(words);
  });

  it('keeps an integer beyond 2^53 that a double holds exactly, and one inside a string', () => {
    expect(problem('{"a":9007199254740992,"b":"9007199254740993","c":1e20}')).toBeUndefined();
  });

  it('does not quote the text in its complaint', () => {
    expect(problem('{"password": hunter2}')).not.toContain('hunter2');
  });

  it('leaves Object.prototype as it is', () => {
    const keys = Reflect.ownKeys(Object.prototype).length;
    for (const text of ['{"constructor":{"prototype":{"polluted":1}}}', '{"__proto__":{"polluted":1}}'])
      parseArguments(text);
    expect(Reflect.ownKeys(Object.prototype)).toHaveLength(keys);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe.skipIf(!hasSharedData)('arguments, every text of the shared lists', () => {
  interface Conformance {
    readonly files: readonly {
      readonly name: string;
      readonly expect: 'accept' | 'refuse' | 'either';
      readonly base64: string;
    }[];
  }
  const texts = (wanted: string): readonly [string, string][] =>
    sharedData('json-conformance', (data: Conformance) =>
      data.files
        .filter(({ expect: verdict }) => verdict === wanted)
        .map(({ name, base64 }) => [
          name,
          new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(base64, 'base64')),
        ]),
    );
  const inside = (text: string): string => `{"value":${text}}`;

  // Tool arguments refuse repeated keys, and an empty text means none.
  const accepted = texts('accept').filter(([name]) => !name.includes('duplicated_key'));
  const refused = texts('refuse').filter(([, text]) => text.trim() !== '');

  it.each(accepted)('accepts %s as a value', (_name, text) => {
    expect(problem(inside(text))).toBeUndefined();
  });

  it.each(refused)('refuses %s as it stands and as a value', (_name, text) => {
    expect(problem(text)).toBeDefined();
    expect(problem(inside(text))).toBeDefined();
  });

  it.each(texts('either'))('survives %s', (_name, text) => {
    expect(() => [parseArguments(text), parseArguments(inside(text))]).not.toThrow();
  });

  interface Bomb {
    readonly id: string;
    readonly tools: readonly string[];
    readonly text?: string;
    readonly build?: {
      readonly repeat?: {
        readonly prefix: string;
        readonly unit: string;
        readonly times: number;
        readonly suffix: string;
      };
      readonly repeat2?: {
        readonly open: string;
        readonly close: string;
        readonly middle?: string;
        readonly times: number;
      };
      readonly keys?: number;
    };
    readonly expect: { readonly refuse: boolean };
  }
  const built = ({ text, build }: Bomb): string | undefined => {
    if (text !== undefined) return text;
    const { repeat: one, repeat2: two, keys } = build ?? {};
    if (one !== undefined) return one.prefix + one.unit.repeat(one.times) + one.suffix;
    if (two !== undefined) return repeat(two.open, two.middle ?? '', two.close, two.times);
    return keys === undefined
      ? undefined
      : `{${Array.from({ length: keys }, (_, index) => `"k${index}":0`).join(',')}}`;
  };
  const bombs = sharedData('json-bombs', ({ payloads }: { payloads: Bomb[] }) => payloads);
  const parsed = bombs.filter(
    (bomb) => bomb.tools.includes('json_parse') && bomb.expect.refuse && (built(bomb) ?? '').trim() !== '',
  );
  // A fence is taken off tool arguments.
  it.each(parsed.filter(({ text }) => text?.startsWith('```') !== true))('refuses $id', (bomb) => {
    const [bare, wrapped] = [built(bomb) ?? '', inside(built(bomb) ?? '')];
    wrapped.charCodeAt(1); // flattens what was put together, before memory is looked at
    const before = process.memoryUsage().heapUsed;
    expect(problem(bare)).toBeDefined();
    expect(problem(wrapped)).toBeDefined();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1_048_576);
  });

  interface Pollution {
    readonly id: string;
    readonly input: string;
    readonly target: readonly string[];
    readonly expect: { readonly refuse: boolean };
  }
  const pollution = sharedData('prototype-pollution', ({ payloads }: { payloads: Pollution[] }) => payloads);
  it.each(pollution.filter(({ target }) => target.includes('tool arguments')))(
    'is not polluted by $id',
    ({ input, expect: { refuse } }) => {
      const keys = Reflect.ownKeys(Object.prototype).length;
      const result = parseArguments(input);
      expect(result.ok).toBe(!refuse);
      expect(Reflect.ownKeys(Object.prototype)).toHaveLength(keys);
      for (const value of [{}, [], () => {}])
        expect((value as unknown as Record<string, unknown>)['polluted']).toBeUndefined();
    },
  );
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigInvalidError, loadConfig, resolveConfig, validate } from '../src/index.js';
import { alone, issuesOf, temporaryFolder } from './helpers.js';

const DATA = join(import.meta.dirname, '../../../../shared/test-data/security/prototype-pollution.json');
const KEYS_OF_OBJECT = Object.getOwnPropertyNames(Object.prototype).sort();

interface Payload {
  readonly id: string;
  readonly class: string;
  readonly input: string;
  readonly target: readonly string[];
  readonly expect: { readonly refuse: boolean };
}

const payloads: Payload[] = existsSync(DATA)
  ? (JSON.parse(readFileSync(DATA, 'utf8')) as { payloads: Payload[] }).payloads.filter(({ target }) =>
      target.includes('config merge'),
    )
  : [];

function expectCleanPrototypes(): void {
  const probes: object[] = [{}, [], () => 0];
  for (const probe of probes) {
    expect(probe).not.toHaveProperty('polluted');
    expect(probe).not.toHaveProperty('isAdmin');
  }
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(KEYS_OF_OBJECT);
}

describe('a key that reaches for a prototype', () => {
  it.each([
    '{"__proto__":{"polluted":1}}',
    '{"server":{"__proto__":{"polluted":1}}}',
    '{"plugins":{"__proto__":{"polluted":1}}}',
  ])('is refused in code: %s', (text) => {
    expect(validate(JSON.parse(text)).map(({ problem }) => problem)).toContain('is a name that no setting may have');
    expectCleanPrototypes();
  });

  it('is refused deep inside a plugin and inside a list', () => {
    const text = '{"plugins":{"x":{"a":{"__proto__":{"polluted":1}},"b":[{"__proto__":{"polluted":1}}]}}}';
    expect(validate(JSON.parse(text)).map(({ path }) => path)).toEqual([
      'plugins.x.a.__proto__',
      'plugins.x.b[0].__proto__',
    ]);
    expectCleanPrototypes();
  });

  it('is plain data where it is none: constructor, prototype, hasOwnProperty', () => {
    const section = JSON.parse(
      '{"constructor":{"prototype":{"polluted":1}},"hasOwnProperty":1,"toString":2}',
    ) as Record<string, unknown>;
    expect(resolveConfig({ plugins: { x: section } }).plugins['x']).toEqual(section);
    expectCleanPrototypes();
  });

  it.each([
    ['mao.config.yaml', '__proto__:\n  polluted: 1'],
    ['mao.config.yaml', 'plugins:\n  x:\n    __proto__: { polluted: 1 }'],
    ['mao.config.json', '{"\\u005f\\u005fproto\\u005f\\u005f":{"polluted":1}}'],
  ])('is refused in %s with its line: %j', async (file, text) => {
    const folder = await temporaryFolder({ [file]: text });
    const [issue] = await issuesOf(alone(folder));
    expect(issue?.path).toContain('__proto__');
    expect(issue?.source?.line).toBeGreaterThan(0);
    expectCleanPrototypes();
  });

  it('cannot come in by a cycle', () => {
    const section: Record<string, unknown> = {};
    section['self'] = section;
    expect(validate({ plugins: { x: section } })[0]?.problem).toMatch(/nested deeper/);
  });
});

describe.skipIf(payloads.length === 0)(
  'the shared collection of prototype pollution (skipped: folder not present)',
  () => {
    it.each(payloads)('$id as a whole and as a plugin section', ({ input, expect: { refuse } }) => {
      const parsed: unknown = JSON.parse(input);
      const whole = validate(parsed);
      const section = validate({ plugins: { x: { nested: parsed } } });
      expect(whole.length).toBeGreaterThan(0);
      expect(section.length > 0).toBe(refuse);
      if (!refuse) resolveConfig({ plugins: { x: { nested: parsed } } });
      expectCleanPrototypes();
    });

    it.each(payloads)('$id as a file', async ({ input }) => {
      const folder = await temporaryFolder({ 'mao.config.json': input });
      await expect(loadConfig(alone(folder))).rejects.toBeInstanceOf(ConfigInvalidError);
      expectCleanPrototypes();
    });
  },
);

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, redact, redactText } from '../src/index.js';

describe('redactText', () => {
  it.each([
    ['sk-proj-abcdefghijklmnop1234', '[redacted]'],
    ['key sk-abcd1234efgh5678, next', 'key [redacted], next'],
    ['Incorrect API key provided: sk-abcd1***********wxyz.', 'Incorrect API key provided: [redacted].'],
    ['Authorization: Bearer abc.def.ghi', 'Authorization: [redacted]'],
    ['sent Bearer abcdefghijklmnop', 'sent Bearer [redacted]'],
    ['sent Basic dXNlcjpwYXNzd29yZA==', 'sent Basic [redacted]'],
    ['postgres://user:p4ssw0rd@db:5432/x', 'postgres://[redacted]@db:5432/x'],
    ['https://host/?api_key=abcdef12&x=1', 'https://host/?api_key=[redacted]&x=1'],
    ['OPENAI_API_KEY=abcdef1234 node x', 'OPENAI_API_KEY=[redacted] node x'],
    ['{"password":"hunt\\"er2","a":1}', '{"password":"[redacted]","a":1}'],
    ['{"openai_api_key": "abc"}', '{"openai_api_key": "[redacted]"}'],
    ['{\\"client_secret\\":\\"abc\\"}', '{\\"client_secret\\":\\"[redacted]\\"}'],
    ["{'token': 'abc'}", "{'token': '[redacted]'}"],
    ['Cookie: a=1; b=2', 'Cookie: [redacted]'],
    ['x-api-key: abcdef1234', 'x-api-key: [redacted]'],
    ['ghp_abcdefghijklmnopqrst', '[redacted]'],
    ['AKIAABCDEFGHIJKLMNOP', '[redacted]'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_123', '[redacted]'],
    ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----', '[redacted]'],
    ['-----BEGIN PRIVATE KEY-----\nabc', '[redacted]'],
  ])('masks %s', (text, masked) => {
    expect(redactText(text)).toBe(masked);
    expect(redactText(masked)).toBe(masked);
  });

  it.each([
    'The task-management tool used max_tokens: 500 and total_tokens=1200.',
    'HTTP basic authentication is not supported',
    'https://example.org/a@b?x=1',
    'Unexpected token } in JSON at position 4',
    'risk-assessment and disk-usage',
    'hello',
    '',
  ])('leaves "%s" alone', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('gives the same string where nothing is masked', () => {
    const text = 'x'.repeat(100);
    expect(redactText(text)).toBe(text);
  });

  it('cuts what is too long', () => {
    expect(redactText('x'.repeat(20_000))).toHaveLength(16_384);
    expect(createRedactor({ maxTextLength: 20 }).redactText('a'.repeat(30))).toBe(`${'a'.repeat(18)} …`);
  });

  it('changes nothing the second time (property)', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'sk-',
        'Bearer ',
        'password=',
        '"token":"',
        '://a:b@',
        'abcdefgh12',
        '[redacted]',
        'Cookie: ',
        '\\"secret\\":\\"',
        'Basic ',
      ),
    );
    const redactor = createRedactor({ maxTextLength: 40, secrets: ['s3cr3t-value'] });
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const once = redactor.redactText(pieces.join(''));
        return redactor.redactText(once) === once && once.length <= 40;
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes no more than linear time on hostile text', () => {
    const hostile = [
      'password'.repeat(40_000),
      '"'.repeat(200_000),
      `${'a-'.repeat(100_000)}token`,
      `://${'x'.repeat(200_000)}`,
      'Bearer '.repeat(40_000),
      '\\"'.repeat(100_000),
      '-eyJ'.repeat(65_000),
      `token=${'\\\\'.repeat(130_000)}`,
      'sk- '.repeat(60_000),
      '-----BEGIN PRIVATE KEY-----'.repeat(9_000),
    ];
    for (const text of hostile) expect(redactText(text).length).toBeLessThanOrEqual(16_384);
  }, 20_000);
});

describe('redact', () => {
  it('masks fields by their name, whatever their case and form', () => {
    const value = {
      apiKey: 'a',
      API_KEY: 'b',
      'x-api-key': 'c',
      dbPassword: 'd',
      Authorization: 'e',
      accessToken: 'f',
      token: 1,
      cookie: ['x'],
      credentials: { user: 'u' },
    };
    expect(new Set(Object.values(redact(value) as object))).toEqual(new Set(['[redacted]']));
  });

  it('leaves counts and flags of similar names', () => {
    const value = { maxTokens: 5, total_tokens: 7, tokens: [1], hasPassword: true, password: null, secret: false };
    expect(redact(value)).toEqual(value);
  });

  it('runs no getter and no toJSON', () => {
    let runs = 0;
    const value = {
      get a() {
        runs += 1;
        return 1;
      },
      toJSON() {
        runs += 1;
        return 2;
      },
      b: 3,
    };
    expect(redact(value)).toEqual({ a: '[getter]', b: 3 });
    expect(runs).toBe(0);
  });

  it('survives cycles, depth, width and broken proxies', () => {
    const value: Record<string, unknown> = { list: Array.from({ length: 500 }, (_, index) => index) };
    value['self'] = value;
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    value['proxy'] = proxy;
    let deep: unknown = 1;
    for (let depth = 0; depth < 50; depth += 1) deep = { deep };
    value['deep'] = deep;
    const copy = redact(value) as { list: unknown[]; self: unknown; proxy: unknown };
    expect(copy.self).toBe('[circular]');
    expect(copy.proxy).toBe('[unreadable]');
    expect(copy.list).toHaveLength(100);
    expect(JSON.stringify(copy)).toContain('[deep]');
  });

  it('copies what JSON does not know', () => {
    const value = {
      at: new Date(0),
      map: new Map([
        ['password', 'x'],
        ['a', '1'],
      ]),
      set: new Set([1]),
      big: 5n,
      bytes: new Uint8Array(3),
      url: new URL('https://u:p@h/'),
      nan: Number.NaN,
      no: undefined,
      fn: () => 1,
      headers: new Headers({ authorization: 'Bearer x' }),
    };
    expect(redact(value)).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      map: { password: '[redacted]', a: '1' },
      set: [1],
      big: '5',
      bytes: '[3 bytes]',
      url: 'https://[redacted]@h/',
      nan: 'NaN',
      headers: { authorization: '[redacted]' },
    });
  });

  it('copies errors with their hidden fields', () => {
    const error = Object.assign(new TypeError('sk-abcdefghijklmnop', { cause: new Error('inner') }), {
      code: 'E',
      request: { token: 'x' },
    });
    expect(redact(error)).toEqual({
      name: 'TypeError',
      message: '[redacted]',
      code: 'E',
      cause: { name: 'Error', message: 'inner' },
      request: { token: '[redacted]' },
    });
    expect(redact(new DOMException('m', 'AbortError'))).toEqual({ name: 'AbortError', message: 'm' });
  });

  it('does not let a key reach a prototype', () => {
    const copy = redact(JSON.parse('{"__proto__":{"polluted":true},"a":1}')) as Record<string, unknown>;
    expect(Object.keys(copy)).toEqual(['a']);
    expect(copy['polluted']).toBeUndefined();
  });

  it('changes nothing the second time (property)', () => {
    fc.assert(
      fc.property(fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true }), (value) => {
        const once = redact(value);
        expect(redact(once)).toEqual(once);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('createRedactor', () => {
  it('masks registered values in any form', () => {
    const { redactText: mask } = createRedactor({ secrets: ['p@ss w0rd"1'] });
    for (const text of [
      'x p@ss w0rd"1 y',
      encodeURIComponent('p@ss w0rd"1'),
      JSON.stringify({ note: 'p@ss w0rd"1' }),
    ]) {
      expect(mask(text)).not.toContain('w0rd');
    }
  });

  it('ignores values too short to be told from ordinary text', () => {
    expect(createRedactor({ secrets: ['a', ''] }).redactText('banana')).toBe('banana');
  });

  it('masks further fields', () => {
    expect(
      createRedactor({ fieldNames: ['ssn', 'Card-Number'] }).redact({ SSN: '1', cardNumber: '2', x: '3' }),
    ).toEqual({ SSN: '[redacted]', cardNumber: '[redacted]', x: '3' });
  });

  it(
    'lets no registered value through, wherever it stands and however long the text (property)',
    { timeout: 60_000 },
    () => {
      const secret = fc
        .string({
          minLength: 6,
          maxLength: 40,
          unit: fc.constantFrom(...Array.from('abcXYZ019+/=.$*(){}[]|\\^?&%"\' _-')),
        })
        .filter(
          (text) => !'[redacted][circular][deep][more][unreadable][getter]'.includes(text) && !/^\s*$/.test(text),
        );
      const around = fc.oneof(
        fc.string(),
        fc.integer({ min: 0, max: 60 }).map((length) => 'x '.repeat(length)),
      );
      fc.assert(
        fc.property(secret, fc.array(fc.tuple(around, around)), fc.jsonValue(), (hidden, texts, other) => {
          const redactor = createRedactor({ secrets: [hidden], maxTextLength: 60 });
          const inside = texts.map(([before, after]) => ({
            before,
            text: `${before}${hidden}${after}`,
            nested: [[hidden]],
            [`k${hidden}`]: 1,
          }));
          const copy = redactor.redact({ inside, other: [other], error: new Error(`e ${hidden}`) });
          const strings: string[] = [];
          JSON.stringify(copy, (key, value: unknown) => {
            strings.push(key);
            if (typeof value === 'string') strings.push(value);
            return value;
          });
          return strings.every((text) => !text.includes(hidden));
        }),
        { numRuns: 1_000 },
      );
    },
  );

  it('leaves no part of a secret where a long text is cut', () => {
    const secret = 'abcdefghijklmnopqrstuvwxyz-0123456789';
    const { redactText: mask } = createRedactor({ secrets: [secret], maxTextLength: 300_000 });
    for (const before of [262_100, 262_120, 262_140]) {
      expect(mask(`${'x'.repeat(before)}${secret}${'y'.repeat(100)}`)).not.toContain('abcdefgh');
    }
  });
});

describe('the quick look', () => {
  it('sees whatever the patterns would mask (property)', { timeout: 60_000 }, () => {
    const name = fc.constantFrom(
      'password',
      'apiKey',
      'API_KEY',
      'secret_access_key',
      'Token',
      'pwd',
      'passwd',
      'passphrase',
      'connectionString',
      'credentials',
      'authorization',
      'session-token',
      'signing_key',
    );
    const form = fc.constantFrom(
      (field: string, hidden: string) => `${field}=${hidden}`,
      (field: string, hidden: string) => `${field}: ${hidden}`,
      (field: string, hidden: string) => `{"${field}" : "${hidden}"}`,
      (field: string, hidden: string) => `{'${field}': '${hidden}'}`,
      (field: string, hidden: string) => JSON.stringify({ note: JSON.stringify({ [field]: hidden }) }),
      (_: string, hidden: string) => `sent BEARER ${hidden}`,
      (_: string, hidden: string) => `sk-${hidden}`,
      (_: string, hidden: string) => `redis://:${hidden}@host`,
      (_: string, hidden: string) => `Set-Cookie: id=${hidden}`,
    );
    const hidden = fc.string({ minLength: 16, maxLength: 30, unit: fc.constantFrom(...Array.from('abcdefXYZ0189')) });
    fc.assert(
      fc.property(name, form, hidden, fc.constantFrom('', 'see ', 'x\n'), (field, write, value, before) => {
        return !redactText(before + write(field, value)).includes(value);
      }),
      { numRuns: 2_000 },
    );
  });
});

import { createSecretMask } from '@master-orchestrator/errors';
import { expect, it } from 'vitest';

const SECRET = 'correct horse "battery" staple';

it('masks given values in any text of plain data, also percent-encoded and in JSON', () => {
  const mask = createSecretMask([SECRET]);
  const given = { say: `It is ${SECRET}.`, list: [encodeURIComponent(SECRET), JSON.stringify({ a: SECRET }), 5, null] };
  const masked = mask(given);
  expect(masked).toEqual({ say: 'It is [redacted].', list: ['[redacted]', '{"a":"[redacted]"}', 5, null] });
  expect(given.say).toContain(SECRET);
});

it('masks what is a key by its own form', () => {
  const mask = createSecretMask([]);
  expect(mask('use sk-proj-abcdefgh12345678 at postgres://me:hunter22@db/x')).toBe(
    'use [redacted] at postgres://[redacted]@db/x',
  );
  expect(mask('-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----')).toBe('[redacted]');
});

it('leaves source code, long texts and everything without a secret as the very same value', () => {
  const mask = createSecretMask([SECRET]);
  const given = {
    code: 'function login(token: string, password: string) { return { password: request.body.password }; }',
    long: 'word '.repeat(100_000),
    when: new Date(0),
  };
  expect(mask(given)).toBe(given);
});

it('finds a secret behind the bounds that a redactor has', () => {
  const text = `${'x'.repeat(400_000)}${SECRET}`;
  expect(createSecretMask([SECRET])(text)).toBe(`${'x'.repeat(400_000)}[redacted]`);
});

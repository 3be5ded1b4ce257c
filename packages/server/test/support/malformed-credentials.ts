import { seededRandom } from '@master-orchestrator/testing';

/** Credentials that are none, made from a valid key by breaking it in many ways; headers that Node can send. */
export function malformedCredentials(valid: string, count: number): Record<string, string>[] {
  const random = seededRandom(4_711);
  const found: Record<string, string>[] = [...FIXED.map((authorization) => ({ authorization })), {}];
  const [prefix, id, secret] = [valid.slice(0, 4), valid.slice(4, 16), valid.slice(17)];
  const text = (length: number): string =>
    Array.from({ length }, () => String.fromCharCode(0x21 + Math.floor(random() * 94))).join('');
  const breakIt: readonly (() => string)[] = [
    () => `${prefix}${id}_${secret.slice(0, Math.floor(random() * 42))}`,
    () => `${prefix}${id}_${secret}${text(1 + Math.floor(random() * 5))}`,
    () => `${prefix}${text(12)}_${secret}`,
    () => `${prefix}${id}_${changed(secret, random)}`,
    () => `${prefix}${changed(id, random)}_${secret}`,
    () => `${id}_${secret}`,
    () => text(1 + Math.floor(random() * 200)),
    () => `${text(10)}.${text(20)}.${text(20)}`,
    () => `${encoded({ alg: 'none' })}.${encoded({ sub: 'admin', scope: 'admin' })}.`,
    () => `${encoded({ alg: 'HS256' })}.${encoded({ sub: 'admin', exp: 9_999_999_999 })}.${text(43)}`,
  ];
  while (found.length < count) {
    const broken = breakIt.at(Math.floor(random() * breakIt.length))?.();
    if (broken === undefined || broken === valid) continue;
    found.push(random() < 0.3 ? { 'x-api-key': broken } : { authorization: `Bearer ${broken}` });
  }
  return found.slice(0, count);
}

const FIXED = [
  'Bearer',
  'Bearer ',
  'Basic YWRtaW46YWRtaW4=',
  'Basic',
  'Digest username="admin"',
  'Negotiate abc',
  'Token abc',
  'bearer a b',
  'Bearer null',
  'Bearer undefined',
  'Bearer [object Object]',
  'Bearer ../../etc/passwd',
  "Bearer ' OR 1=1 --",
  'Bearer mao__',
  'Bearer mao_000000000000_',
  'Bearer mao_constructor_',
  'Bearer __proto__',
  `Bearer ${'A'.repeat(7_000)}`,
  'Bearer eyJ.eyJ.',
  'Bearer ..',
];

function changed(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const other = text[at] === 'A' ? 'B' : 'A';
  return text.slice(0, at) + other + text.slice(at + 1);
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A step into a JSON value: the name of a member or the index of an element. */
export type PathStep = string | number;

/** A place in a JSON value as a normalized path (RFC 9535, section 2.7), such as `$['items'][0]['id']`. */
export function normalPath(steps: readonly PathStep[]): string {
  return `$${steps.map((step) => (typeof step === 'number' ? `[${step}]` : `['${escapeName(step)}']`)).join('')}`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  "'": "\\'",
  '\\': '\\\\',
};

function escapeName(name: string): string {
  let escaped = '';
  for (const character of name) {
    const code = character.charCodeAt(0);
    escaped += SHORT_ESCAPES[character] ?? (code < 0x20 ? `\\u${code.toString(16).padStart(4, '0')}` : character);
  }
  return escaped;
}

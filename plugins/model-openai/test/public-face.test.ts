import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const source = join(import.meta.dirname, '../src');

it('loads the HTTP client with the first request, the tokenizer with the first count, and the openai package nowhere', () => {
  const loading = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(source, file), 'utf8').replaceAll(/import type [^;]+;/g, '');
      const found = text.match(/(from|import\()\s*'(undici|openai|tiktoken)[^']*'/g) ?? [];
      return found.map((words) => `${file}: ${words}`);
    });
  expect(loading.toSorted()).toEqual([
    "tokenizer.ts: import('tiktoken/encoders/cl100k_base'",
    "tokenizer.ts: import('tiktoken/encoders/o200k_base'",
    "tokenizer.ts: import('tiktoken/lite'",
    "transport/http-transport.ts: import('undici'",
  ]);
});

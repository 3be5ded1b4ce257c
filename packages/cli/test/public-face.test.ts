import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as face from '../src/index.js';

it('exports exactly these names', () => {
  expect(Object.keys(face).sort()).toMatchInlineSnapshot(`
    [
      "EXIT_CODES",
      "EXIT_CODE_WORDS",
      "exitCodeOf",
      "runCli",
      "systemIo",
    ]
  `);
});

it('has exactly these entry points and one command', () => {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
    exports: object;
    bin: object;
    files: string[];
  };
  expect(Object.keys(manifest.exports)).toEqual(['.', './schema.json', './package.json']);
  expect(manifest.bin).toEqual({ mao: './dist/main.js' });
  expect(manifest.files).toContain('schema.json');
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as face from '../src/index.js';

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  name: string;
  version: string;
  exports: object;
  mao: { plugin: string; contract: string; permissions: string[] };
};

it('exports these names and no others', () => {
  expect(Object.keys(face).sort()).toEqual(['webToolsOptions', 'webToolsPlugin']);
  expect(Object.keys(manifest.exports)).toEqual(['.', './package.json']);
});

it('names itself, its factory and its permissions as its package does', () => {
  const plugin = face.webToolsPlugin();
  expect([plugin.name, plugin.version]).toEqual([manifest.name, manifest.version]);
  expect(manifest.mao).toEqual({
    plugin: './dist/index.js#webToolsPlugin',
    options: './dist/index.js#webToolsOptions',
    contract: 'v1',
    permissions: plugin.permissions,
  });
});

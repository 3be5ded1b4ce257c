import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as face from '../src/index.js';

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  name: string;
  version: string;
  exports: object;
  mao: object;
};

it('exports these names and no others', () => {
  expect(Object.keys(face).sort()).toEqual([
    'architectureSchema',
    'codeReviewSchema',
    'developmentTemplatesOptions',
    'developmentTemplatesPlugin',
    'projectPlanSchema',
    'securityReviewSchema',
    'testPlanSchema',
  ]);
  expect(Object.keys(manifest.exports)).toEqual(['.', './package.json']);
});

it('names itself as its package does', () => {
  const plugin = face.developmentTemplatesPlugin();
  expect([plugin.name, plugin.version]).toEqual([manifest.name, manifest.version]);
  expect(manifest.mao).toEqual({
    plugin: './dist/index.js#developmentTemplatesPlugin',
    options: './dist/index.js#developmentTemplatesOptions',
    contract: 'v1',
    permissions: [],
  });
});

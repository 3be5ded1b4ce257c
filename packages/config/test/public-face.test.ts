import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as face from '../src/index.js';

it('exports exactly these names', () => {
  expect(Object.keys(face).sort()).toMatchInlineSnapshot(`
    [
      "CONFIG",
      "CONFIG_FILE_NAMES",
      "ConfigInvalidError",
      "PROFILES",
      "SOURCE_KINDS",
      "Secret",
      "bindConfig",
      "configJsonSchema",
      "configSettings",
      "configuredPlugins",
      "defaultConfig",
      "explain",
      "formatIssue",
      "fromEnv",
      "fromFile",
      "getProfile",
      "inspectConfig",
      "loadConfig",
      "optionsJsonSchema",
      "pluginIssues",
      "pluginOptions",
      "pluginSettings",
      "readEnvironment",
      "resolveConfig",
      "secretValues",
      "sourceWords",
      "validate",
      "watchConfig",
    ]
  `);
});

it('has exactly these entry points', () => {
  const text = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8');
  const { exports } = JSON.parse(text) as { exports: object };
  expect(Object.keys(exports)).toEqual(['.', './schema.json', './package.json']);
});

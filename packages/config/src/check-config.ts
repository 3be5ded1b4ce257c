import type { z } from 'zod';
import type { ConfigIssue } from './config-issue.js';
import { displayPath } from './internal/display-path.js';
import { nearest } from './internal/nearest.js';
import { valueAt, type PlainObject } from './internal/plain-object.js';
import { excerpt } from './internal/redact.js';
import type { ConfigSource, Layer } from './layer.js';
import { configSchema, type OrchestratorConfig } from './schema/config-schema.js';
import { layerOf } from './secret-references.js';
import { allSettings, type ConfigSetting } from './settings.js';

type Path = readonly (string | number)[];

/** Checks merged settings against the schema and the rules between settings. */
export function checkConfig(
  value: PlainObject,
  origins: ReadonlyMap<string, Layer>,
): { readonly config?: OrchestratorConfig; readonly issues: ConfigIssue[] } {
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) return { issues: parsed.error.issues.flatMap((issue) => translate(issue, value, origins)) };
  const config: OrchestratorConfig = parsed.data;
  const issues = rulesBetween(config).map((issue) => ({
    ...issue,
    ...sourceOf(origins, issue.path.split('.'), 'value'),
  }));
  return { config, issues };
}

function translate(issue: z.core.$ZodIssue, value: PlainObject, origins: ReadonlyMap<string, Layer>): ConfigIssue[] {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], origins));
  const keys = path.map(String);
  const setting = settingAround(keys);
  const given = valueAt(value, keys);
  const isWhole = setting !== undefined && setting.keys.length === path.length;
  const expected = isWhole ? setting.expected : expectedInside(keys, issue);
  const shown = setting?.kind === 'secret' ? undefined : excerpt(given, keys.at(-1) ?? '');
  return [
    {
      path: displayPath(path),
      problem: shown === undefined ? 'is not allowed' : `is ${shown}, which is not allowed`,
      ...(shown !== undefined && { value: shown }),
      expected,
      hint: `Make it ${expected}.`,
      ...sourceOf(origins, path, 'value'),
    },
  ];
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** What is allowed inside a list or record. */
function expectedInside(keys: readonly string[], issue: z.core.$ZodIssue): string {
  if (keys[0] === 'plugins' && keys.length === 2) return 'an object of settings, or false';
  if (issue.code === 'invalid_type') return TYPE_WORDS[issue.expected] ?? issue.expected;
  return issue.code === 'too_small' && issue.origin === 'string' ? 'a text that is not empty' : 'a fitting value';
}

/** The setting at a path or above it. */
function settingAround(keys: readonly string[]): ConfigSetting | undefined {
  return allSettings().find((setting) => setting.keys.every((key, index) => keys[index] === key));
}

function unknownKey(path: Path, origins: ReadonlyMap<string, Layer>): ConfigIssue {
  const name = String(path.at(-1));
  const parent = path.slice(0, -1).map(String);
  const siblings = namesBelow(parent);
  const near = nearest(name, siblings);
  const elsewhere = near === undefined ? placeElsewhere(name) : undefined;
  return {
    path: displayPath(path),
    problem: 'is not a setting',
    ...(siblings.length > 0 && { expected: `one of ${siblings.join(', ')}` }),
    hint: hintFor(near, elsewhere, siblings, parent),
    ...(near !== undefined && { nearest: near }),
    ...(elsewhere !== undefined && { nearest: elsewhere }),
    ...sourceOf(origins, path, 'key'),
  };
}

function hintFor(
  near: string | undefined,
  elsewhere: string | undefined,
  siblings: string[],
  parent: string[],
): string {
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (elsewhere !== undefined) return `Did you mean ${elsewhere}?`;
  const place = parent.length === 0 ? 'at the top' : `in ${displayPath(parent)}`;
  return siblings.length === 0 ? 'Remove it.' : `Known ${place}: ${siblings.join(', ')}.`;
}

function namesBelow(parent: readonly string[]): string[] {
  const below = allSettings().filter(({ keys }) => parent.every((key, index) => keys[index] === key));
  return [...new Set(below.flatMap(({ keys }) => keys[parent.length] ?? []))];
}

/** A setting in another section whose own name is the same, but for case, `_` and `-`. */
function placeElsewhere(name: string): string | undefined {
  return allSettings().find(({ keys }) => normal(keys.at(-1) ?? '') === normal(name))?.path;
}

function normal(text: string): string {
  return text.toLowerCase().replaceAll(/[_-]/g, '');
}

function sourceOf(
  origins: ReadonlyMap<string, Layer>,
  path: Path,
  what: 'key' | 'value',
): { readonly source?: ConfigSource } {
  const layer = layerOf(origins, path) ?? layerBelow(origins, path);
  return layer === undefined ? {} : { source: layer.locate(path, what) };
}

/** The layer of the first value inside a path. */
function layerBelow(origins: ReadonlyMap<string, Layer>, path: Path): Layer | undefined {
  const start = displayPath(path);
  for (const [key, layer] of origins) if (key.startsWith(`${start}.`) || key.startsWith(`${start}[`)) return layer;
  return undefined;
}

function rulesBetween({ models, shutdown }: OrchestratorConfig): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const { lowest, start, highest } = models.concurrency;
  if (lowest > start || start > highest) {
    issues.push({
      path: 'models.concurrency.start',
      problem: `is ${start}, outside of lowest ${lowest} and highest ${highest}`,
      value: String(start),
      expected: `a whole number from ${lowest} to ${highest}`,
      hint: 'Keep lowest ≤ start ≤ highest.',
    });
  }
  if (shutdown.exitMs < shutdown.drainMs + shutdown.abortMs) {
    issues.push({
      path: 'shutdown.exitMs',
      problem: `is ${shutdown.exitMs} ms, less than drainMs and abortMs together`,
      value: String(shutdown.exitMs),
      expected: `at least ${shutdown.drainMs + shutdown.abortMs}`,
      hint: 'Raise it, or lower drainMs or abortMs.',
    });
  }
  return issues;
}

import type { z } from 'zod';
import type { ConfigIssue } from './config-issue.js';
import { displayPath } from './internal/display-path.js';
import { nearest } from './internal/nearest.js';
import { valueAt } from './internal/plain-object.js';
import { excerpt } from './internal/redact.js';
import type { ConfigSource } from './layer.js';
import { namesInside, type SchemaSetting } from './schema-setting.js';

/** Keys and indexes, from the root of the configuration. */
export type Path = readonly (string | number)[];

/** What a schema has complained about, and what is known of it. */
export interface CheckedValue {
  /** As written. */ readonly value: unknown;
  /** Where the value stands in the configuration. */ readonly at: readonly string[];
  /** What the schema knows, with paths that begin at `value`. Asked for where there is a problem alone. */
  readonly settings: () => readonly SchemaSetting[];
  /** The same as JSON Schema. */ readonly schema: () => unknown;
  /** Where a part of the configuration was written. */
  readonly locate: (path: Path, what: 'key' | 'value') => ConfigSource | undefined;
}

/** The complaints of a schema, in words for people. */
export function schemaIssues(issues: readonly z.core.$ZodIssue[], checked: CheckedValue): ConfigIssue[] {
  return issues.flatMap((issue) => translate(issue, checked));
}

function translate(issue: z.core.$ZodIssue, checked: CheckedValue): ConfigIssue[] {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], checked));
  const inner = issue.code === 'invalid_union' ? meantBranch(issue) : undefined;
  if (inner !== undefined) return inner.flatMap((each) => translate(each, checked));
  const keys = path.map(String);
  const setting = settingAround(keys, checked);
  const given = valueAt(checked.value, keys);
  const isWhole = setting !== undefined && setting.keys.length === path.length;
  const whole = [...checked.at, ...path];
  const expected = isWhole ? setting.expected : expectedInside(whole.map(String), issue);
  const shown = setting?.kind === 'secret' ? undefined : excerpt(given, keys.at(-1) ?? '');
  const isMissing = given === undefined && checked.at.length > 0;
  return [
    {
      path: displayPath(whole),
      problem: problemOf(shown, isMissing),
      ...(shown !== undefined && !isMissing && { value: shown }),
      expected,
      hint: `Make it ${expected}.${ownWords(issue)}`,
      ...sourceAt(checked, path, 'value'),
    },
  ];
}

function problemOf(shown: string | undefined, isMissing: boolean): string {
  if (isMissing) return 'is missing';
  return shown === undefined ? 'is not allowed' : `is ${shown}, which is not allowed`;
}

/** The branch of a union that somebody meant: one whose complaints stand deeper than the value itself. */
function meantBranch({ path, errors }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | undefined {
  const meant = errors.find((branch) => branch.length > 0 && branch.every(isDeep));
  return meant?.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
}

function isDeep({ path, code }: z.core.$ZodIssue): boolean {
  return path.length > 0 || code === 'unrecognized_keys';
}

/** What the author of the schema says about a value; the words of the library itself say less than we do. */
function ownWords({ message }: z.core.$ZodIssue): string {
  return /^(Invalid |Too |Unrecognized )/.test(message) ? '' : ` It ${message.replace(/\.$/, '')}.`;
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
function settingAround(keys: readonly string[], { settings }: CheckedValue): SchemaSetting | undefined {
  return settings().find((setting) => setting.keys.every((key, index) => keys[index] === key));
}

function unknownKey(path: Path, checked: CheckedValue): ConfigIssue {
  const name = String(path.at(-1));
  const parent = path.slice(0, -1).map(String);
  const siblings = [...new Set(namesInside(checked.schema(), parent))];
  const near = nearest(name, siblings);
  const elsewhere = near === undefined ? placeElsewhere(name, checked) : undefined;
  return {
    path: displayPath([...checked.at, ...path]),
    problem: 'is not a setting',
    ...(siblings.length > 0 && { expected: `one of ${siblings.join(', ')}` }),
    hint: hintFor(near, elsewhere, siblings, [...checked.at, ...parent]),
    ...(near !== undefined && { nearest: near }),
    ...(elsewhere !== undefined && { nearest: elsewhere }),
    ...sourceAt(checked, path, 'key'),
  };
}

function hintFor(
  near: string | undefined,
  elsewhere: string | undefined,
  siblings: readonly string[],
  parent: readonly string[],
): string {
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (elsewhere !== undefined) return `Did you mean ${elsewhere}?`;
  const place = parent.length === 0 ? 'at the top' : `in ${displayPath(parent)}`;
  return siblings.length === 0 ? 'Remove it.' : `Known ${place}: ${siblings.join(', ')}.`;
}

/** A setting in another section whose own name is the same, but for case, `_` and `-`. */
function placeElsewhere(name: string, { at, settings }: CheckedValue): string | undefined {
  const found = settings().find(({ keys }) => normal(keys.at(-1) ?? '') === normal(name));
  return found === undefined ? undefined : displayPath([...at, ...found.keys]);
}

function normal(text: string): string {
  return text.toLowerCase().replaceAll(/[_-]/g, '');
}

function sourceAt({ at, locate }: CheckedValue, path: Path, what: 'key' | 'value'): { readonly source?: ConfigSource } {
  const source = locate([...at, ...path], what);
  return source === undefined ? {} : { source };
}

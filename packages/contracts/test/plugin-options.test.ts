import { OrchestratorError } from '@master-orchestrator/errors';
import { expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { readOptions, type OptionsSchema } from '../src/index.js';

interface Options {
  readonly url: string;
  readonly hosts?: readonly string[];
  readonly limits?: { readonly timeoutMs?: number };
}

const schema = z.strictObject({
  url: z.string(),
  hosts: z.array(z.string()).default([]),
  limits: z.strictObject({ timeoutMs: z.int().min(1).default(5) }).prefault({}),
}) satisfies OptionsSchema<Options>;

it('fills the defaults in', () => {
  const given: Options = { url: 'x' };
  expect(readOptions(schema, given, 'xPlugin')).toEqual({ url: 'x', hosts: [], limits: { timeoutMs: 5 } });
});

it('names every problem, and no value', () => {
  const given = { url: 7, hosts: ['secret'], limits: { timeoutMs: 'soon', tmeout: 1 }, more: true };
  const call = (): unknown => readOptions(schema, given, 'xPlugin');
  expect(call).toThrow(/^xPlugin\(\) got options that do not fit: url: .*limits\.timeoutMs: .*"tmeout".*"more"/s);
  expect(call).toThrow(expect.not.stringMatching(/secret|soon/));
  expect(call).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  expect(call).toThrow(OrchestratorError);
});

it('lets the compiler tell where schema and interface part', () => {
  const lacking = z.strictObject({ url: z.string(), hosts: z.array(z.string()).optional() });
  const other = z.strictObject({ url: z.number(), hosts: schema.shape.hosts, limits: schema.shape.limits });
  expectTypeOf(schema).toExtend<OptionsSchema<Options>>();
  expectTypeOf(lacking).not.toExtend<OptionsSchema<Options>>();
  expectTypeOf(other).not.toExtend<OptionsSchema<Options>>();
});

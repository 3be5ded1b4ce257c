import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { modelToolSpec, strictForm, ToolRegistry } from '../src/index.js';
import { schemaTool, simpleTool } from './support/registry.js';

const specOf = (schema: z.ZodType): ReturnType<typeof modelToolSpec> => modelToolSpec(schemaTool('tool', schema));

describe('a schema in the strict subset', () => {
  it('is strict, with every member required and no other allowed, at every level', () => {
    const spec = specOf(
      z.object({
        city: z.string().min(1).max(80).describe('A city.'),
        days: z.number().int().min(1),
        unit: z.enum(['c', 'f']).nullable(),
        near: z.array(z.object({ lat: z.number(), kind: z.literal('point') })),
        when: z.discriminatedUnion('type', [
          z.object({ type: z.literal('day'), day: z.iso.date() }),
          z.object({ type: z.literal('now') }),
        ]),
      }),
    );
    expect(spec).toEqual({
      name: 'tool',
      description: 'The tool tool.',
      isStrict: true,
      parameters: {
        type: 'object',
        properties: {
          city: { type: 'string', description: 'A city. (at least 1, at most 80 characters)' },
          days: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
          unit: { anyOf: [{ type: 'string', enum: ['c', 'f'] }, { type: 'null' }] },
          near: {
            type: 'array',
            items: {
              type: 'object',
              properties: { lat: { type: 'number' }, kind: { type: 'string', const: 'point' } },
              required: ['lat', 'kind'],
              additionalProperties: false,
            },
          },
          when: {
            anyOf: [
              {
                type: 'object',
                properties: {
                  type: { type: 'string', const: 'day' },
                  day: expect.objectContaining({ format: 'date' }) as object,
                },
                required: ['type', 'day'],
                additionalProperties: false,
              },
              {
                type: 'object',
                properties: { type: { type: 'string', const: 'now' } },
                required: ['type'],
                additionalProperties: false,
              },
            ],
          },
        },
        required: ['city', 'days', 'unit', 'near', 'when'],
        additionalProperties: false,
      },
    });
  });

  it('may refer to itself', () => {
    const node = z.object({
      name: z.string(),
      get children() {
        return z.array(node);
      },
    });
    const spec = specOf(node);
    expect(spec.isStrict).toBe(true);
    expect(JSON.stringify(spec.parameters)).toContain('$ref');
  });

  it('describes what the model must write, not what the tool gets', () => {
    const spec = specOf(z.object({ day: z.string().transform((text) => new Date(text)) }));
    expect(spec).toMatchObject({ isStrict: true, parameters: { properties: { day: { type: 'string' } } } });
  });

  it('without members is strict too', () => {
    expect(specOf(z.object({}))).toMatchObject({
      isStrict: true,
      parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
    });
  });
});

it.each<[string, z.ZodType]>([
  ['an optional member', z.object({ a: z.string().optional() })],
  ['a default', z.object({ a: z.string().default('x') })],
  ['an optional member further down', z.object({ a: z.array(z.object({ b: z.string().optional() })) })],
  ['a record', z.object({ a: z.record(z.string(), z.number()) })],
  ['a tuple', z.object({ a: z.tuple([z.string()]) })],
  ['any value', z.object({ a: z.unknown() })],
  ['a list of any values', z.object({ a: z.array(z.any()) })],
  ['a date', z.object({ a: z.date() })],
  ['further members', z.looseObject({ a: z.string() })],
  ['an address', z.object({ a: z.url() })],
  ['an intersection', z.object({ a: z.intersection(z.object({ b: z.string() }), z.record(z.string(), z.string())) })],
  [
    'more than ten levels',
    Array.from({ length: 11 }).reduce<z.ZodObject>((inner) => z.object({ a: inner }), z.object({})),
  ],
  [
    'more than a thousand enum values',
    z.object({ a: z.enum(Array.from({ length: 1_001 }, (_, index) => `v${index}`)) }),
  ],
])('a schema with %s is given as it is, not as strict', (_what, schema) => {
  const spec = specOf(schema);
  expect(spec.isStrict).toBe(false);
  expect(spec.parameters['type']).toBe('object');
});

it('strictForm leaves the schema that it is given alone', () => {
  const schema = { type: 'object', properties: { a: { type: 'string', minLength: 1 } }, required: ['a'] };
  const copy = structuredClone(schema);
  expect(strictForm(schema)).toMatchObject({ additionalProperties: false });
  expect(schema).toEqual(copy);
});

describe('modelTools', () => {
  const registry = new ToolRegistry();
  registry.registerTool(simpleTool('one'));
  registry.registerTool(simpleTool('two', { accessLevel: 'restricted' }));
  registry.registerAgent({ id: 'a', name: 'A', tools: ['two'] });

  it('gives what the agent may use, the built-in tool last', () => {
    expect(registry.modelTools('a').map(({ name }) => name)).toEqual(['one', 'two', 'read_tool_result']);
    expect(registry.modelTools('b').map(({ name }) => name)).toEqual(['one', 'read_tool_result']);
    expect(new ToolRegistry().modelTools('b')).toEqual([]);
  });

  it('gives the tools that are named, without those that are unknown or not allowed', () => {
    expect(registry.modelTools('b', ['two', 'one', 'none']).map(({ name }) => name)).toEqual(['one']);
    expect(registry.modelTools('a', ['two', 'one']).map(({ name }) => name)).toEqual(['two', 'one']);
  });

  it('converts a schema once', () => {
    expect(registry.modelTools('a')[0]).toBe(registry.modelTools('a')[0]);
  });
});

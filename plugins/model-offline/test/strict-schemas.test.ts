import type { ModelToolSpec } from '@master-orchestrator/contracts';
import { describe, expect, it } from 'vitest';
import { offlineModel, request } from './helpers.js';

const nullable = (type: string): object => ({ type: [type, 'null'] });

/** Asks with one tool of a hand-written schema and gives the arguments of the first call. */
async function argumentsFor(
  ask: string,
  spec: Pick<ModelToolSpec, 'name' | 'description'>,
  parameters: object,
): Promise<unknown> {
  const tools = [{ ...spec, parameters: parameters as never, isStrict: true }];
  const { items } = await offlineModel().respond(request(ask, { tools }), { signal: new AbortController().signal });
  const [first] = items;
  return first?.type === 'tool-call' ? (JSON.parse(first.arguments) as unknown) : undefined;
}

const stats = { name: 'describe_numbers', description: 'Calculates statistics of numbers.' };

describe('schemas in the strict subset, where every property is required', () => {
  it('gives null for what is optional and unknown', async () => {
    const parameters = {
      type: 'object',
      properties: {
        values: { type: 'array', items: { type: 'number' } },
        unit: nullable('string'),
        bins: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
      },
      required: ['values', 'unit', 'bins'],
      additionalProperties: false,
    };
    expect(await argumentsFor('Analyse [1, 2]', stats, parameters)).toEqual({ values: [1, 2], unit: null, bins: null });
  });

  it('gives what the text says for what is optional', async () => {
    const parameters = {
      type: 'object',
      properties: {
        values: { type: 'array', items: { type: 'number' } },
        unit: nullable('string'),
        bins: nullable('integer'),
      },
      required: ['values', 'unit', 'bins'],
      additionalProperties: false,
    };
    expect(await argumentsFor('Analyse [1, 2] with bins = 5 and unit: cm', stats, parameters)).toEqual({
      values: [1, 2],
      unit: 'cm',
      bins: 5,
    });
  });
});

describe('schemas as other generators write them', () => {
  it('follows $ref into $defs', async () => {
    const parameters = {
      $defs: { List: { type: 'array', items: { $ref: '#/$defs/Entry' } }, Entry: { type: 'number' } },
      type: 'object',
      properties: { data: { $ref: '#/$defs/List' } },
      required: ['data'],
    };
    expect(await argumentsFor('Analyse [1, 2]', stats, parameters)).toEqual({ data: [1, 2] });
  });

  it('takes the member of a union that holds all of the data', async () => {
    const parameters = {
      type: 'object',
      properties: {
        data: {
          oneOf: [
            { type: 'array', items: { type: 'number' } },
            { type: 'object', additionalProperties: { type: 'array', items: { type: 'number' } } },
          ],
        },
      },
      required: ['data'],
    };
    expect(await argumentsFor('Analyse a: 1, 2, 3; b: 4, 5, 6', stats, parameters)).toEqual({
      data: { a: [1, 2, 3], b: [4, 5, 6] },
    });
  });

  it('fills an object inside the arguments', async () => {
    const parameters = {
      type: 'object',
      properties: {
        input: {
          type: 'object',
          properties: { numbers: { type: 'array', items: { type: 'number' } } },
          required: ['numbers'],
        },
      },
      required: ['input'],
    };
    expect(await argumentsFor('Analyse [1, 2]', stats, parameters)).toEqual({ input: { numbers: [1, 2] } });
  });

  it('writes rows, pairs, lists of lists or text where the schema wants those', async () => {
    const list = { type: 'array', items: { type: 'number' } };
    const row = { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] };
    const of = async (data: object): Promise<unknown> =>
      argumentsFor('Analyse a: 1, 2, 3; b: 4, 5, 6', stats, {
        type: 'object',
        properties: { data },
        required: ['data'],
      });
    expect(await of({ type: 'array', items: row })).toEqual({
      data: [
        { a: 1, b: 4 },
        { a: 2, b: 5 },
        { a: 3, b: 6 },
      ],
    });
    expect(await of({ type: 'array', items: list })).toEqual({
      data: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    });
    expect(await of({ type: 'string' })).toEqual({ data: 'a,b\n1,4\n2,5\n3,6' });
    expect(
      await of({
        type: 'array',
        items: {
          type: 'object',
          properties: { label: { type: 'string' }, points: list },
          required: ['label', 'points'],
        },
      }),
    ).toEqual({
      data: [
        { label: 'a', points: [1, 2, 3] },
        { label: 'b', points: [4, 5, 6] },
      ],
    });
  });

  it('takes a default, a constant and the only choice for what the text leaves open', async () => {
    const parameters = {
      type: 'object',
      properties: {
        data: { type: 'array', items: { type: 'number' } },
        method: { type: 'string', default: 'fast' },
        version: { const: 2 },
        kind: { enum: ['full'] },
        format: { enum: ['short', 'long'] },
      },
      required: ['data', 'method', 'version', 'kind', 'format'],
    };
    expect(await argumentsFor('Analyse [1, 2]', stats, parameters)).toEqual({
      data: [1, 2],
      method: 'fast',
      version: 2,
      kind: 'full',
      format: 'short',
    });
  });

  it('chooses no matter among several where the text names none', async () => {
    const parameters = {
      type: 'object',
      properties: { data: { type: 'array', items: { type: 'number' } }, patient: { enum: ['A', 'B'] } },
      required: ['data', 'patient'],
    };
    expect(await argumentsFor('Analyse [1, 2]', stats, parameters)).toBeUndefined();
    expect(await argumentsFor('Analyse [1, 2] of patient B', stats, parameters)).toMatchObject({ patient: 'B' });
  });

  it('keeps to the bounds of a schema', async () => {
    const parameters = {
      type: 'object',
      properties: { data: { type: 'array', items: { type: 'number' }, minItems: 3 } },
      required: ['data'],
    };
    expect(await argumentsFor('Analyse [1, 2]', stats, parameters)).toBeUndefined();
    expect(await argumentsFor('Analyse [1, 2, 3]', stats, parameters)).toEqual({ data: [1, 2, 3] });
  });

  it('sets a switch that the text names, and the opposite of one it denies', async () => {
    const list = { name: 'list_directory', description: 'Lists a folder.' };
    const parameters = {
      type: 'object',
      properties: { path: { type: 'string' }, recursive: { type: 'boolean' } },
      required: ['path'],
    };
    expect(await argumentsFor('List the files in src/ recursively', list, parameters)).toEqual({
      path: 'src/',
      recursive: true,
    });
    expect(await argumentsFor('List the files in src/', list, parameters)).toEqual({ path: 'src/' });
  });

  it('survives a schema that refers to itself', async () => {
    const parameters = {
      $defs: { Node: { type: 'object', properties: { child: { $ref: '#/$defs/Node' } }, required: ['child'] } },
      type: 'object',
      properties: { root: { $ref: '#/$defs/Node' } },
      required: ['root'],
    };
    expect(await argumentsFor('Analyse [1, 2]', stats, parameters)).toBeUndefined();
  });
});

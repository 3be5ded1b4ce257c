import type { ModelItem } from '@master-orchestrator/contracts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { calculateMetrics, generateReport, readFile } from './fake-tools.js';
import { converse, offlineModel, request, user, type FakeTool } from './helpers.js';
import { validateCode } from './more-fake-tools.js';

const shaped = (schema: z.ZodType): { outputSchema: { name: string; schema: never; isStrict: boolean } } => ({
  outputSchema: { name: 'answer', schema: z.toJSONSchema(schema) as never, isStrict: true },
});

async function answerOf<Schema extends z.ZodType>(
  ask: string,
  schema: Schema,
  tools: readonly FakeTool[] = [],
): Promise<z.output<Schema>> {
  const { text, refusal } = await converse(ask, tools, shaped(schema));
  expect(refusal).toBeUndefined();
  return schema.parse(JSON.parse(text));
}

describe('figures', () => {
  const schema = z.strictObject({
    mean: z.number(),
    median: z.number(),
    count: z.int(),
    standardDeviation: z.number(),
    q1: z.number(),
    summary: z.string(),
  });

  it('takes them from the result of a tool', async () => {
    expect(await answerOf('Analyse [1, 2, 3, 4]', schema, [calculateMetrics])).toMatchObject({
      mean: 2.5,
      median: 2.5,
      count: 4,
      q1: 1.75,
      summary: expect.stringContaining('mean 2.5') as string,
    });
  });

  it('calculates them from the data where there is no tool', async () => {
    expect(await answerOf('Analyse [1, 2, 3, 4]', schema)).toMatchObject({
      mean: 2.5,
      median: 2.5,
      count: 4,
      standardDeviation: Math.sqrt(5 / 3),
    });
  });

  it('gives those of a column by the name of the column', async () => {
    const named = z.strictObject({ salesMean: z.number(), costs_median: z.number(), correlation: z.number() });
    expect(await answerOf('sales: 1, 2, 3; costs: 4, 5, 9. Compare them.', named)).toMatchObject({
      salesMean: 2,
      costs_median: 5,
    });
  });

  it.each([
    ['What is the mean of 2, 4, 9?', 5],
    ['Give me the median of [7, 1, 3]', 3],
    ['What is the maximum of 3, 9, 4?', 9],
    ['How large is the population standard deviation of 2, 4?', 1],
  ])('gives the one that is asked for: %s', async (ask, value) => {
    expect(await answerOf(ask, z.strictObject({ value: z.number() }))).toEqual({ value });
  });

  it('gives null for a figure that may be missing', async () => {
    expect(await answerOf('Hello', z.strictObject({ mean: z.number().nullable() }))).toEqual({ mean: null });
  });

  it('refuses to invent one that may not be missing, and names it', async () => {
    const { refusal, text } = await converse('Give me a score', [], shaped(z.strictObject({ score: z.number() })));
    expect(refusal).toContain('"score"');
    expect(text).toBe('');
  });

  it('ends with "refused" where it refuses', async () => {
    const { finish } = await offlineModel().respond(request('x', shaped(z.strictObject({ score: z.number() }))), {
      signal: new AbortController().signal,
    });
    expect(finish).toBe('refused');
  });
});

describe('findings', () => {
  const schema = z.strictObject({
    findings: z.array(
      z.strictObject({
        file: z.string().nullable(),
        line: z.int().nullable(),
        severity: z.enum(['critical', 'high', 'medium', 'low', 'info']),
        title: z.string(),
        suggestion: z.string().nullable(),
      }),
    ),
    verdict: z.enum(['approve', 'request-changes']),
    findingCount: z.int(),
    summary: z.string(),
  });

  it('writes what a checking tool found in the fields of the schema', async () => {
    const found = await answerOf('Review src/app.ts', schema, [readFile({ 'src/app.ts': 'eval(x)' }), validateCode]);
    expect(found).toMatchObject({
      findings: [{ file: 'src/app.ts', line: 1, severity: 'high', title: 'eval is not allowed', suggestion: null }],
      verdict: 'request-changes',
      findingCount: 1,
    });
  });

  it('approves where nothing was found', async () => {
    const found = await answerOf('Review src/app.ts', schema, [readFile({ 'src/app.ts': 'print(1)' }), validateCode]);
    expect(found).toMatchObject({ findings: [], verdict: 'approve', findingCount: 0 });
  });

  it('has no finding and does not approve where there was nothing to check', async () => {
    const found = await answerOf('Review src/gone.ts', schema, [readFile({}), validateCode]);
    expect(found).toMatchObject({ findings: [], verdict: 'request-changes' });
    expect(found.summary).toContain('There is no file "src/gone.ts"');
  });
});

describe('other answers', () => {
  it('names the files that a report was written to', async () => {
    const schema = z.strictObject({ summary: z.string(), files: z.array(z.string()) });
    expect(
      await answerOf('Analyse [1, 2, 3] and generate a report', schema, [calculateMetrics, generateReport]),
    ).toMatchObject({ files: ['reports/report.md', 'reports/report.html'] });
  });

  it('finds names, addresses, dates and places in the text', async () => {
    const schema = z.strictObject({
      name: z.string(),
      email: z.string(),
      date: z.string(),
      city: z.string(),
      score: z.number().nullable(),
    });
    expect(await answerOf('Extract the contact: Jane Doe, jane@x.org, since 2020-01-05, from Berlin', schema)).toEqual({
      name: 'Jane Doe',
      email: 'jane@x.org',
      date: '2020-01-05',
      city: 'Berlin',
      score: null,
    });
  });

  it('takes what the text says by name', async () => {
    const schema = z.strictObject({
      product: z.string(),
      price: z.number(),
      isNew: z.boolean(),
      tags: z.array(z.string()),
    });
    expect(await answerOf('product: "Lamp", price: 12.5, isNew: true', schema)).toEqual({
      product: 'Lamp',
      price: 12.5,
      isNew: true,
      tags: [],
    });
  });

  it('copies the fields of JSON in the text', async () => {
    const schema = z.strictObject({ user: z.strictObject({ id: z.int(), roles: z.array(z.string()) }) });
    expect(await answerOf('Read this: {"user": {"id": 7, "roles": ["admin"]}}', schema)).toEqual({
      user: { id: 7, roles: ['admin'] },
    });
  });

  it.each([
    ['My invoice is wrong, I want a refund', 'billing'],
    ['There is a security vulnerability in the login', 'security-analyst'],
    ['Tell me a joke', 'other'],
  ])('chooses the member that fits: %s', async (ask, route) => {
    const schema = z.strictObject({ route: z.enum(['billing', 'security-analyst', 'other']) });
    expect(await answerOf(ask === 'My invoice is wrong, I want a refund' ? `${ask} (billing)` : ask, schema)).toEqual({
      route,
    });
  });

  it.each([
    ['The sky is blue.', true],
    ['# Draft\nThe build failed with an error.', false],
  ])('judges by rule: %j', async (ask, approved) => {
    expect(await answerOf(ask, z.strictObject({ approved: z.boolean(), feedback: z.string() }))).toMatchObject({
      approved,
    });
  });

  it('says of a text that nothing gives that it is not stated', async () => {
    expect(await answerOf('Hello', z.strictObject({ colour: z.string() }))).toEqual({ colour: 'not stated' });
  });

  it('is not led astray by a request of the host to answer again', async () => {
    const schema = z.strictObject({ mean: z.number() });
    const again: ModelItem[] = [
      user('Analyse [1, 2, 3]'),
      { type: 'message', role: 'assistant', content: 'It is two.' },
      {
        type: 'message',
        role: 'system',
        content: 'Your answer does not fit the required schema. Answer again with JSON that fits.',
      },
    ];
    const { text } = await converse(again, [], shaped(schema));
    expect(JSON.parse(text)).toEqual({ mean: 2 });
    const asUser: ModelItem[] = [...again.slice(0, 2), user('That did not match the schema: mean must be a number.')];
    expect(JSON.parse((await converse(asUser, [], shaped(schema))).text)).toEqual({ mean: 2 });
  });
});

/** Schemas as people write them, some deep, some odd. */
const anySchema: fc.Arbitrary<z.ZodType> = fc.letrec<{ schema: z.ZodType; object: z.ZodType }>((tie) => ({
  object: fc
    .dictionary(
      fc.constantFrom(
        'summary',
        'mean',
        'count',
        'items',
        'findings',
        'file',
        'isValid',
        'severity',
        'data',
        'title',
        'x',
        'owner',
        'url',
        'tags',
        'total',
      ),
      tie('schema'),
      { minKeys: 1, maxKeys: 5 },
    )
    .map((shape) => z.strictObject(shape)),
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<z.ZodType>(
      z.string(),
      z.number(),
      z.int(),
      z.boolean(),
      z.null(),
      z.enum(['low', 'high']),
      z.enum(['yes', 'no']),
      z.literal('fixed'),
      z.string().max(20),
      z.url(),
      z.iso.date(),
      z.number().min(0).max(1),
      z.string().regex(/^[a-z]+$/),
      z.unknown(),
    ),
    tie('schema').map((inner) => z.array(inner)),
    tie('schema').map((inner) => z.array(inner).min(1)),
    tie('schema').map((inner) => inner.nullable()),
    tie('schema').map((inner) => z.record(z.string(), inner)),
    fc.tuple(tie('schema'), tie('schema')).map(([a, b]) => z.union([a, b])),
    tie('object'),
  ),
})).object;

it('answers in any schema with a value that meets it, or refuses', async () => {
  const goals = fc.constantFrom(
    'Analyse [1, 2, 3]',
    'Hello',
    'sales: 1, 2; costs: 3, 4',
    'owner: Ann, url: https://a.b/c, severity high',
    '{"items": [{"title": "a", "count": 1}], "isValid": false}',
  );
  await fc.assert(
    fc.asyncProperty(anySchema, goals, async (schema, goal) => {
      const { text, refusal } = await converse(goal, [], shaped(schema));
      const isMet = refusal === undefined && schema.safeParse(JSON.parse(text)).success;
      expect(isMet || refusal !== undefined).toBe(true);
    }),
    { numRuns: 150 },
  );
}, 30_000);

it('answers without a refusal where every number may be missing', async () => {
  const schemas = fc.dictionary(
    fc.constantFrom('summary', 'mean', 'items', 'isValid', 'owner', 'severity', 'notes'),
    fc.constantFrom<z.ZodType>(
      z.string(),
      z.number().nullable(),
      z.boolean(),
      z.array(z.string()),
      z.array(z.strictObject({ a: z.number() })),
      z.enum(['ok', 'unknown']),
      z.record(z.string(), z.number()),
    ),
    { minKeys: 1 },
  );
  await fc.assert(
    fc.asyncProperty(schemas, fc.string(), async (shape, goal) => {
      const { refusal } = await converse(goal, [], shaped(z.strictObject(shape)));
      expect(refusal).toBeUndefined();
    }),
    { numRuns: 100 },
  );
}, 30_000);

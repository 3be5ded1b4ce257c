import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  addUsage,
  defineAgent,
  defineTeamTemplate,
  defineTemplate,
  defineTool,
  isFinalPhase,
  isSchema,
  NO_USAGE,
  optional,
  PHASES,
} from '../src/index.js';

const literal = {
  name: 'look_up',
  description: 'Looks something up.',
  inputSchema: z.object({ key: z.string() }),
  execute: async () => 'found',
};

describe('defineTool', () => {
  it('takes the safe side where nothing is said, and freezes the tool', () => {
    const tool = defineTool(literal);
    expect(tool).toMatchObject({ category: 'custom', accessLevel: 'restricted', effect: 'unsafe' });
    expect(Object.isFrozen(tool)).toBe(true);
  });

  it.each([
    ['name', { name: 'no blanks' }],
    ['name', { name: 'x'.repeat(65) }],
    ['description', { description: '  ' }],
    ['category', { category: 'toys' }],
    ['accessLevel', { accessLevel: 'open' }],
    ['effect', { effect: 'harmless' }],
    ['inputSchema', { inputSchema: { type: 'object' } }],
    ['outputSchema', { outputSchema: 'text' }],
    ['execute', { execute: 'later' }],
    ['cache', { cache: { ttlMs: 1 } }],
  ])('refuses a %s that does not fit, and names it', (field, change) => {
    const make = () => defineTool({ ...literal, ...change } as unknown as typeof literal);
    expect(make).toThrow(expect.objectContaining({ code: 'TOOL_INVALID', category: 'VALIDATION_ERROR' }));
    expect(make).toThrow(new RegExp(field, 'i'));
  });
});

describe('templates', () => {
  const template = {
    name: 'code-reviewer',
    description: 'Reviews.',
    parameters: z.object({ language: z.string() }),
    build: () => ({ name: 'r', instructions: 'x' }),
  };
  const team = {
    ...template,
    name: 'crew',
    build: () => ({ name: 'crew', members: { one: { template: 'code-reviewer' } } }),
  };

  it('have version 1.0.0 unless they say otherwise', () => {
    expect(defineTemplate(template).version).toBe('1.0.0');
    expect(defineTeamTemplate({ ...team, version: '2.1.0' }).version).toBe('2.1.0');
  });

  it.each([{ name: 'Code Reviewer' }, { description: '' }, { parameters: {} }])('are refused with %o', (change) => {
    expect(() => defineTemplate({ ...template, ...change } as typeof template)).toThrow(
      expect.objectContaining({ code: 'PLUGIN_INVALID' }),
    );
    expect(() => defineTeamTemplate({ ...team, ...change } as typeof team)).toThrow(
      expect.objectContaining({ code: 'PLUGIN_INVALID' }),
    );
  });
});

it('gives back an agent definition as it is, frozen', () => {
  expect(defineAgent({ name: 'a', instructions: 'x' })).toEqual({ name: 'a', instructions: 'x' });
});

it('knows zod schemas from other things', () => {
  expect(isSchema(z.string())).toBe(true);
  expect([{}, null, 'x', { safeParse: () => 1 }].map(isSchema)).toEqual([false, false, false, false]);
});

it('leaves undefined fields out and keeps null, false and 0', () => {
  expect(optional({ a: undefined, b: null, c: false, d: 0 })).toEqual({ b: null, c: false, d: 0 });
});

it('adds usages; the sum is an estimate where a part is', () => {
  const one = { inputTokens: 1, outputTokens: 2, cachedInputTokens: 3, reasoningTokens: 4 };
  expect(addUsage(one, NO_USAGE)).toEqual(one);
  expect(addUsage(one, { ...one, isEstimated: true })).toEqual({
    inputTokens: 2,
    outputTokens: 4,
    cachedInputTokens: 6,
    reasoningTokens: 8,
    isEstimated: true,
  });
});

it('calls four phases final', () => {
  expect(PHASES.filter(isFinalPhase)).toEqual(['completed', 'failed', 'cancelled', 'skipped']);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLOCK, RANDOM, systemClock, type Resolve, type Token } from '@master-orchestrator/errors';
import { IDS, LOGGER, silentLogger } from '@master-orchestrator/contracts';
import { expect, it } from 'vitest';
import * as face from '../src/index.js';
import { MemoryState } from './support/memory-state.js';
import { call, simpleTool } from './support/registry.js';

const SOURCE = join(import.meta.dirname, '../src');
const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

it('exports exactly these names', () => {
  expect(Object.keys(face).sort()).toEqual([
    'READ_TOOL_RESULT',
    'TOOL_REGISTRY',
    'ToolRegistry',
    'bindTools',
    'canonicalJson',
    'createToolEnv',
    'createToolFetch',
    'createToolFiles',
    'fitUserContext',
    'modelToolSpec',
    'readUserContext',
    'strictForm',
    'tool',
    'toolFromFunction',
    'toolsOf',
  ]);
});

it('loads the HTTP client and the address library only when they are used, and no container at all', () => {
  const loads = /^import (?!type\b)[^;]*from '(undici|ipaddr\.js|tsyringe|reflect-metadata|node:[a-z/]+)'/gm;
  const found = sources.flatMap((name) =>
    [...readFileSync(join(SOURCE, name), 'utf8').matchAll(loads)].map(([, what]) => `${name}: ${what}`),
  );
  // The constants of node:fs are part of every Node process.
  expect(found).toEqual(['internal/files/held-folder.ts: node:fs']);
});

it('reads no environment of its own', () => {
  for (const name of sources) expect(readFileSync(join(SOURCE, name), 'utf8')).not.toContain('process.env');
});

it('binds a registry that takes its clock, chance, ids and logger from the root', async () => {
  const bound = new Map<symbol, (resolve: Resolve) => unknown>();
  const binder = { bind: <T>(token: Token<T>, create: (resolve: Resolve) => T) => void bound.set(token, create) };
  const values = new Map<symbol, unknown>([
    [CLOCK, systemClock],
    [RANDOM, () => 0],
    [IDS, (kind: string) => `${kind}_1`],
    [LOGGER, silentLogger],
  ]);
  const resolve: Resolve = (token) => values.get(token) as never;
  const state = new MemoryState();
  face.bindTools(binder, () => ({ state, defaultDeny: true }));
  const registry = bound.get(face.TOOL_REGISTRY)?.(resolve) as face.ToolRegistry;
  registry.registerTool(simpleTool('one'));
  expect(await registry.grantToolAccess({ tool: 'one', to: { agent: 'a' } })).toBe('grant_1');
  expect(await state.get('tool-grants', 'grant_1')).toMatchObject({ value: { tool: 'one' } });
  expect(await call(registry, 'one')).toMatchObject({ outcome: 'ok' });
});

it('makes ids by itself where nobody gives any', async () => {
  const registry = new face.ToolRegistry({ random: () => 0.5 });
  expect(await registry.grantToolAccess({ tool: 'one', to: { agent: 'a' } })).toBe('grant_iiiiiiiiiiiiiiiiiiii');
});

import { virtualClock } from '@master-orchestrator/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ToolRegistry, type GrantRequest, type ToolRegistryOptions } from '../src/index.js';
import { MemoryState } from './support/memory-state.js';
import { call, codeOf, prepare, schemaTool, simpleTool } from './support/registry.js';

function registryWith(options: ToolRegistryOptions = {}): ToolRegistry {
  const registry = new ToolRegistry(options);
  registry.registerTool(simpleTool('open_door'));
  registry.registerTool(simpleTool('read_notes', { accessLevel: 'restricted', category: 'file_operations' }));
  registry.registerTool(simpleTool('write_notes', { accessLevel: 'restricted', category: 'file_operations' }));
  registry.registerTool(simpleTool('launch', { accessLevel: 'privileged' }));
  return registry;
}

const allowed = (registry: ToolRegistry, agentId = 'a'): string[] =>
  registry
    .getAvailableTools(agentId)
    .map(({ name }) => name)
    .filter((name) => name !== 'read_tool_result');
const isReady = (registry: ToolRegistry, tool: string, agentId = 'a'): boolean =>
  prepare(registry, tool, { agentId }).kind === 'ready';

describe('access levels', () => {
  it('lets any agent use a public tool and nothing else', () => {
    expect(allowed(registryWith())).toEqual(['open_door']);
  });

  it('lets nobody use a public tool without a grant when it denies by default', async () => {
    const registry = registryWith({ defaultDeny: true });
    expect(allowed(registry)).toEqual([]);
    await registry.grantToolAccess({ tool: 'open_door', to: { agent: 'a' } });
    expect(allowed(registry)).toEqual(['open_door']);
    expect(allowed(registry, 'b')).toEqual([]);
  });

  it('grants the tools that an agent definition names, also when it denies by default', () => {
    const registry = registryWith({ defaultDeny: true });
    registry.registerAgent({ id: 'a', name: 'A', tools: ['read_notes', 'launch'] });
    expect(allowed(registry)).toEqual(['read_notes', 'launch']);
    registry.registerAgent({ id: 'a', name: 'A', tools: [] });
    expect(allowed(registry)).toEqual([]);
  });

  it('asks for approval of a privileged tool even where it is granted', () => {
    const registry = registryWith();
    expect(prepare(registry, 'launch')).toMatchObject({ kind: 'refused', error: { code: 'TOOL_FORBIDDEN' } });
    registry.registerAgent({ id: 'a', name: 'A', tools: ['launch'] });
    expect(prepare(registry, 'launch')).toMatchObject({
      kind: 'ready',
      approval: { reason: 'tool "launch" is privileged' },
    });
  });
});

describe('grants', () => {
  it('reach an agent, a role and a team, and only those', async () => {
    const registry = registryWith();
    registry.registerAgent({ id: 'a', name: 'A', role: 'clerk', team: 'blue', tools: [] });
    registry.registerAgent({ id: 'b', name: 'B', role: 'clerk', tools: [] });
    registry.registerAgent({ id: 'c', name: 'C', team: 'blue', tools: [] });
    await registry.grantToolAccess({ tool: 'launch', to: { agent: 'a' } });
    await registry.grantToolAccess({ tool: 'read_notes', to: { role: 'clerk' } });
    await registry.grantToolAccess({ category: 'file_operations', to: { team: 'blue' } });
    expect(allowed(registry, 'a')).toEqual(['open_door', 'read_notes', 'write_notes', 'launch']);
    expect(allowed(registry, 'b')).toEqual(['open_door', 'read_notes']);
    expect(allowed(registry, 'c')).toEqual(['open_door', 'read_notes', 'write_notes']);
  });

  it('end at their time', async () => {
    const clock = virtualClock();
    const registry = registryWith({ clock });
    await registry.grantToolAccess({ tool: 'read_notes', to: { agent: 'a' }, expiresAt: clock.now() + 1_000 });
    clock.advance(999);
    expect(isReady(registry, 'read_notes')).toBe(true);
    clock.advance(1);
    expect(isReady(registry, 'read_notes')).toBe(false);
  });

  it('are taken back by id, and by tool and subject', async () => {
    const registry = registryWith();
    const id = await registry.grantToolAccess({ tool: 'read_notes', to: { agent: 'a' } });
    await registry.grantToolAccess({ tool: 'write_notes', to: { agent: 'a' } });
    await registry.grantToolAccess({ tool: 'write_notes', to: { agent: 'a' } });
    expect(await registry.revokeToolAccess(id)).toBe(1);
    expect(await registry.revokeToolAccess(id)).toBe(0);
    expect(await registry.revokeToolAccess({ tool: 'write_notes', to: { agent: 'a' } })).toBe(2);
    expect(allowed(registry)).toEqual(['open_door']);
  });

  it('stop a call that was prepared before they were taken back', async () => {
    const registry = registryWith();
    const id = await registry.grantToolAccess({ tool: 'read_notes', to: { agent: 'a' } });
    const prepared = prepare(registry, 'read_notes');
    await registry.revokeToolAccess(id);
    if (prepared.kind !== 'ready') throw prepared.error;
    const options = {
      signal: new AbortController().signal,
      agent: { id: 'a', name: 'a' },
      taskId: 't',
      runId: 'r',
      callId: 'c',
      idempotencyKey: 'k',
    };
    expect(await registry.run(prepared, options)).toMatchObject({
      outcome: 'error',
      error: { code: 'TOOL_FORBIDDEN' },
    });
  });

  it.each<[string, GrantRequest]>([
    ['without tool and category', { to: { agent: 'a' } } as unknown as GrantRequest],
    ['with tool and category', { tool: 't', category: 'custom', to: { agent: 'a' } }],
    ['of an unknown category', { category: 'nonsense', to: { agent: 'a' } } as unknown as GrantRequest],
    ['to nobody', { tool: 't', to: { agent: '' } }],
    ['to two subjects', { tool: 't', to: { agent: 'a', role: 'b' } }],
    ['that has ended', { tool: 't', to: { agent: 'a' }, expiresAt: 1 }],
    [
      'with a pattern that is none',
      { tool: 't', to: { agent: 'a' }, constraints: { arguments: [{ field: 'x', pattern: '(' }] } },
    ],
    ['with a rule that says nothing', { tool: 't', to: { agent: 'a' }, constraints: { arguments: [{ field: 'x' }] } }],
  ])('are not given %s', async (_what, request) => {
    expect(await codeOf(registryWith().grantToolAccess(request))).toBe('REQUEST_INVALID');
  });
});

describe('argument rules', () => {
  const inputSchema = z.object({
    to: z.string(),
    copies: z.number().optional(),
    tags: z.array(z.string()).default([]),
    options: z.object({ mode: z.string() }).optional(),
  });

  async function registryWithRule(
    ...rules: NonNullable<NonNullable<GrantRequest['constraints']>['arguments']>
  ): Promise<ToolRegistry> {
    const registry = new ToolRegistry();
    registry.registerTool({ ...schemaTool('send', inputSchema), accessLevel: 'restricted' });
    await registry.grantToolAccess({ tool: 'send', to: { agent: 'a' }, constraints: { arguments: rules } });
    return registry;
  }

  it.each([
    [{ field: 'to', oneOf: ['x@a.com', 'y@a.com'] }, { to: 'x@a.com' }, { to: 'z@a.com' }],
    [{ field: 'to', pattern: '.+@a\\.com' }, { to: 'x@a.com' }, { to: 'x@a.com.evil.com' }],
    [{ field: 'to', max: 5 }, { to: '12345' }, { to: '123456' }],
    [
      { field: 'copies', max: 3 },
      { to: 'x', copies: 3 },
      { to: 'x', copies: 4 },
    ],
    [{ field: 'copies', min: 2, optional: true }, { to: 'x' }, { to: 'x', copies: 1 }],
    [{ field: 'copies', max: 3 }, { to: 'x', copies: 1 }, { to: 'x' }],
    [
      { field: 'tags.*', oneOf: ['red'] },
      { to: 'x', tags: ['red', 'red'] },
      { to: 'x', tags: ['red', 'blue'] },
    ],
    [
      { field: 'options.mode', oneOf: ['safe'] },
      { to: 'x', options: { mode: 'safe' } },
      { to: 'x', options: { mode: 'fast' } },
    ],
    [{ field: 'options', oneOf: [{ mode: 'safe' }] }, { to: 'x', options: { mode: 'safe' } }, { to: 'x' }],
    [{ field: 'constructor', oneOf: ['x'], optional: true }, { to: 'x' }, undefined],
  ])('of the form %j hold', async (rule, good, bad) => {
    const registry = await registryWithRule(rule);
    expect(prepare(registry, 'send', { args: JSON.stringify(good) }).kind).toBe('ready');
    if (bad === undefined) return;
    const refused = prepare(registry, 'send', { args: JSON.stringify(bad) });
    expect(refused).toMatchObject({
      kind: 'refused',
      error: { code: 'TOOL_FORBIDDEN', message: expect.stringContaining(rule.field.split('.')[0] ?? '') as string },
    });
  });

  it('are no bound where another grant has none', async () => {
    const registry = await registryWithRule({ field: 'to', oneOf: ['x'] });
    await registry.grantToolAccess({ tool: 'send', to: { agent: 'a' } });
    expect(prepare(registry, 'send', { args: '{"to":"z"}' }).kind).toBe('ready');
  });
});

describe('agents that agents made', () => {
  function family(): ToolRegistry {
    const registry = registryWith();
    registry.registerAgent({ id: 'parent', name: 'P', tools: ['read_notes'] });
    registry.registerAgent({ id: 'child', name: 'C', tools: ['read_notes', 'write_notes'], parent: 'parent' });
    return registry;
  }

  it('never get more than the agent above them', async () => {
    const registry = family();
    expect(allowed(registry, 'child')).toEqual(['open_door', 'read_notes']);
    await registry.grantToolAccess({ tool: 'launch', to: { agent: 'child' } });
    expect(isReady(registry, 'launch', 'child')).toBe(false);
    await registry.grantToolAccess({ tool: 'launch', to: { agent: 'parent' } });
    expect(isReady(registry, 'launch', 'child')).toBe(true);
    registry.forgetAgent('parent');
    expect(isReady(registry, 'read_notes', 'child')).toBe(false);
  });

  it('can be narrowed later, but not in a circle and not to nobody', () => {
    const registry = family();
    registry.registerAgent({ id: 'free', name: 'F', tools: ['write_notes'] });
    expect(isReady(registry, 'write_notes', 'free')).toBe(true);
    registry.narrowTo('free', 'child');
    expect(isReady(registry, 'write_notes', 'free')).toBe(false);
    expect(() => registry.narrowTo('parent', 'free')).toThrow(
      expect.objectContaining({ code: 'AGENT_INVALID' }) as Error,
    );
    expect(() => registry.narrowTo('parent', 'nobody')).toThrow(
      expect.objectContaining({ code: 'AGENT_UNKNOWN' }) as Error,
    );
    expect(() => registry.narrowTo('nobody', 'parent')).toThrow(
      expect.objectContaining({ code: 'AGENT_UNKNOWN' }) as Error,
    );
  });

  it('must keep to the rules of both grants', async () => {
    const registry = new ToolRegistry();
    registry.registerTool({ ...schemaTool('send', z.object({ to: z.string() })), accessLevel: 'restricted' });
    registry.registerAgent({ id: 'parent', name: 'P', tools: [] });
    registry.registerAgent({ id: 'child', name: 'C', tools: [], parent: 'parent' });
    await registry.grantToolAccess({
      tool: 'send',
      to: { agent: 'parent' },
      constraints: { arguments: [{ field: 'to', oneOf: ['x', 'y'] }] },
    });
    await registry.grantToolAccess({
      tool: 'send',
      to: { agent: 'child' },
      constraints: { arguments: [{ field: 'to', oneOf: ['y', 'z'] }] },
    });
    const outcomes = ['x', 'y', 'z'].map(
      (to) => prepare(registry, 'send', { agentId: 'child', args: JSON.stringify({ to }) }).kind,
    );
    expect(outcomes).toEqual(['refused', 'ready', 'refused']);
  });

  it('whatever is granted, a child is allowed nothing that its parent is not', async () => {
    const subject = fc.constantFrom<GrantRequest['to']>(
      { agent: 'parent' },
      { agent: 'child' },
      { role: 'r' },
      { team: 't' },
    );
    const tool = fc.constantFrom('read_notes', 'write_notes', 'launch');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ tool, to: subject })),
        fc.array(tool),
        fc.array(tool),
        async (grants, ofParent, ofChild) => {
          const registry = registryWith();
          registry.registerAgent({ id: 'parent', name: 'P', role: 'r', tools: ofParent });
          registry.registerAgent({ id: 'child', name: 'C', role: 'r', team: 't', tools: ofChild, parent: 'parent' });
          for (const grant of grants) await registry.grantToolAccess(grant);
          const ofTheParent = new Set(allowed(registry, 'parent'));
          expect(allowed(registry, 'child').filter((name) => !ofTheParent.has(name))).toEqual([]);
        },
      ),
    );
  });

  it('can hand on what they hold, to others alone and for no longer', async () => {
    const clock = virtualClock();
    const registry = registryWith({ clock });
    registry.registerAgent({ id: 'boss', name: 'B', tools: ['read_notes'] });
    registry.registerAgent({ id: 'other', name: 'O', tools: [] });
    const grant = (request: Partial<GrantRequest>): Promise<string> =>
      registry.grantToolAccess({ tool: 'read_notes', to: { agent: 'other' }, by: 'boss', ...request });
    expect(await codeOf(grant({ tool: 'launch' }))).toBe('TOOL_FORBIDDEN');
    expect(await codeOf(grant({ to: { agent: 'boss' } }))).toBe('TOOL_FORBIDDEN');
    expect(await codeOf(grant({ to: { role: 'any' } }))).toBe('TOOL_FORBIDDEN');
    await grant({});
    expect(isReady(registry, 'read_notes', 'other')).toBe(true);
    await registry.grantToolAccess({ tool: 'launch', to: { agent: 'boss' }, expiresAt: clock.now() + 1_000 });
    expect(await codeOf(grant({ tool: 'launch' }))).toBe('TOOL_FORBIDDEN');
    await grant({ tool: 'launch', expiresAt: clock.now() + 500 });
    expect(isReady(registry, 'launch', 'other')).toBe(true);
  });
});

describe('what is kept in the state store', () => {
  it('grants are there for the next registry, revoked ones are not', async () => {
    const state = new MemoryState();
    const first = registryWith({ state });
    await first.grantToolAccess({ tool: 'read_notes', to: { agent: 'a' } });
    const gone = await first.grantToolAccess({ tool: 'write_notes', to: { agent: 'a' } });
    await first.revokeToolAccess(gone);
    const second = registryWith({ state });
    expect(allowed(second)).toEqual(['open_door']);
    await second.start();
    expect(allowed(second)).toEqual(['open_door', 'read_notes']);
    await first.grantToolAccess({ tool: 'launch', to: { agent: 'a' } });
    await second.refreshGrants();
    expect(allowed(second)).toContain('launch');
  });

  it('a grant that could not be stored is not in force, a revoked one is out of force even so', async () => {
    const state = new MemoryState();
    const registry = registryWith({ state });
    const id = await registry.grantToolAccess({ tool: 'read_notes', to: { agent: 'a' } });
    state.failure = new Error('disk');
    await expect(registry.grantToolAccess({ tool: 'write_notes', to: { agent: 'a' } })).rejects.toThrow('disk');
    await expect(registry.revokeToolAccess(id)).rejects.toThrow('disk');
    expect(allowed(registry)).toEqual(['open_door']);
  });
});

describe.each([
  ['in memory', (): MemoryState | undefined => undefined],
  ['in the state store', (): MemoryState | undefined => new MemoryState()],
])('the decision log %s', (_where, store) => {
  const create = (): ToolRegistry => {
    const state = store();
    return registryWith(state === undefined ? {} : { state });
  };

  it('holds every allow and every deny with its reason, in order', async () => {
    const registry = create();
    registry.registerAgent({ id: 'a', name: 'A', tools: ['read_notes'] });
    await call(registry, 'read_notes');
    prepare(registry, 'launch');
    prepare(registry, 'nonsense');
    prepare(registry, 'read_notes', { args: '[' });
    const { items } = await registry.decisions();
    expect(items.map(({ decision, tool, code, reason }) => ({ decision, tool, code, reason }))).toEqual([
      { decision: 'allow', tool: 'read_notes', code: undefined, reason: 'named in the tools of the agent' },
      {
        decision: 'deny',
        tool: 'launch',
        code: 'TOOL_FORBIDDEN',
        reason: expect.stringContaining('not granted') as string,
      },
      { decision: 'deny', tool: 'nonsense', code: 'TOOL_UNKNOWN', reason: expect.any(String) as string },
      { decision: 'deny', tool: 'read_notes', code: 'TOOL_ARGUMENTS_INVALID', reason: expect.any(String) as string },
    ]);
    expect(items[0]).toMatchObject({ agentId: 'a', taskId: 'task', runId: 'run', callId: 'call' });
  });

  it('names the grant and who approved', async () => {
    const registry = create();
    const grantId = await registry.grantToolAccess({ tool: 'launch', to: { agent: 'a' } });
    await call(registry, 'launch', {}, { approvedBy: 'ann' });
    const { items } = await registry.decisions({ tool: 'launch' });
    expect(items).toMatchObject([{ grantId }, { decision: 'allow', approvedBy: 'ann' }]);
  });

  it('reads page by page without losing or repeating one', async () => {
    const registry = create();
    for (let number = 0; number < 250; number += 1)
      prepare(registry, number % 2 === 0 ? 'open_door' : 'launch', {
        callId: `c${number}`,
        agentId: number < 125 ? 'a' : 'b',
      });
    const read = async (
      query: { tool?: string; agentId?: string; decision?: 'deny' },
      limit: number,
    ): Promise<string[]> => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await registry.decisions({ ...query, limit, ...(cursor === undefined ? {} : { cursor }) });
        seen.push(...page.items.map(({ callId }) => callId ?? ''));
        cursor = page.next;
      } while (cursor !== undefined);
      return seen;
    };
    const all = Array.from({ length: 250 }, (_, number) => `c${number}`);
    expect(await read({}, 7)).toEqual(all);
    expect(await read({ tool: 'launch', agentId: 'a' }, 9)).toEqual(
      all.filter((_, number) => number % 2 === 1 && number < 125),
    );
    expect(await read({ decision: 'deny' }, 1_000)).toEqual(all.filter((_, number) => number % 2 === 1));
  });
});

describe('the decision log', () => {
  it('is bounded in memory and keeps the latest', async () => {
    const registry = registryWith({ decisionsInMemory: 10 });
    for (let number = 0; number < 100; number += 1) prepare(registry, 'open_door', { callId: `c${number}` });
    const { items } = await registry.decisions();
    expect(items.length).toBeLessThan(20);
    expect(items.at(-1)?.callId).toBe('c99');
  });

  it('loses nothing when the store fails for a while', async () => {
    const state = new MemoryState();
    const registry = registryWith({ state });
    state.failure = new Error('disk');
    for (let number = 0; number < 150; number += 1) prepare(registry, 'open_door', { callId: `c${number}` });
    await Promise.resolve();
    state.failure = undefined;
    prepare(registry, 'open_door', { callId: 'c150' });
    const { items } = await registry.decisions({ limit: 1_000 });
    expect(items.map(({ callId }) => callId)).toEqual(Array.from({ length: 151 }, (_, number) => `c${number}`));
  });
});

describe('what a model is shown', () => {
  const names = (registry: ToolRegistry, named: readonly string[], isOpen: boolean): string[] =>
    registry.toolsOf(named, { agentId: 'a', isOpen }).map(({ name }) => name);

  it('is what its agent names and what was granted to it, and the public tools where it is open', async () => {
    const registry = registryWith();
    const named = ['open_door'];
    await registry.grantToolAccess({ tool: 'read_notes', to: { agent: 'a' } });
    expect(names(registry, named, false)).toEqual(['open_door', 'read_notes']);
    expect(names(registry, [], false)).toEqual(['read_notes']);
    expect(names(registry, [], true)).toEqual(['open_door', 'read_notes']);
  });

  it('stays the same list until a tool or a grant changes, or a grant runs out', async () => {
    const clock = virtualClock();
    const registry = registryWith({ clock });
    const named: string[] = [];
    const before = registry.toolsOf(named, { agentId: 'a', isOpen: true });
    expect(registry.toolsOf(named, { agentId: 'a', isOpen: true })).toBe(before);
    registry.registerTool(simpleTool('later'));
    expect(names(registry, named, true)).toEqual(['open_door', 'later']);
    await registry.grantToolAccess({ tool: 'launch', to: { agent: 'a' }, expiresAt: clock.now() + 1_000 });
    expect(names(registry, named, true)).toContain('launch');
    clock.advance(1_000);
    expect(names(registry, named, true)).not.toContain('launch');
  });
});

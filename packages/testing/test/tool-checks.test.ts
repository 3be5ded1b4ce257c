import {
  defineTool,
  type AnyTool,
  type PluginV1,
  type ToolContext,
  type ToolLiteral,
} from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeToolPlugin, runChecks, startJsonServer, toolPluginChecks } from '../src/index.js';
import { failing, found } from './failing-checks.js';

const addSchema = z.object({ a: z.number(), b: z.number() });
type AddLiteral = ToolLiteral<typeof addSchema, unknown>;

const add = defineTool({
  name: 'add_numbers',
  description: 'Adds two numbers and gives their sum.',
  inputSchema: addSchema,
  outputSchema: z.object({ sum: z.number() }),
  category: 'data_processing',
  accessLevel: 'public',
  effect: 'pure',
  limits: { timeoutMs: 1_000 },
  execute: async ({ a, b }) => {
    const sum = a + b;
    if (!Number.isFinite(sum)) throw new OrchestratorError('TOOL_FAILED', 'The sum is too large.');
    return { sum };
  },
});

function pluginWith(...tools: readonly AnyTool[]): PluginV1 {
  return { specificationVersion: 'v1', name: '@acme/tools-add', version: '1.0.0', contributes: { tools } };
}

/** A tool like `add`, with something changed; past defineTool, which would refuse some of it. */
function like(changes: Partial<AddLiteral> | Readonly<Record<string, unknown>>): AnyTool {
  const { outputSchema: _unused, ...rest } = add as AnyTool;
  return Object.assign({}, rest, changes);
}

const askWithoutSignal = async (_input: unknown, { fetch }: Pick<ToolContext, 'fetch'>): Promise<unknown> =>
  (await fetch('http://127.0.0.1:1/')).json();
const lookAtFiles = async (_input: unknown, { files }: Pick<ToolContext, 'files'>): Promise<unknown> =>
  files.within('.');
const quick = { runs: 80, callLimitMs: 250, abortLimitMs: 250 };
const failingOf = (tool: AnyTool): Promise<readonly string[]> => failing(toolPluginChecks(pluginWith(tool), quick));

await describeToolPlugin(pluginWith(add), { examples: { add_numbers: [{ a: 1, b: 2 }] } });

describe('toolPluginChecks', () => {
  it.each<[string, AnyTool]>([
    ['tool-name', like({ name: 'addNumbers' })],
    ['tool-description', like({ description: 'Adds.' })],
    ['tool-description', like({ name: 'add_numbers_and_give_the_sum', description: 'Add numbers and give the sum.' })],
    [
      'tool-schema',
      like({
        inputSchema: z.union([z.object({ a: z.number() }), z.object({ b: z.number() })]),
        execute: async () => 1,
      }),
    ],
    ['tool-schema', like({ inputSchema: z.object({ at: z.date() }), execute: async () => 1 })],
    ['tool-limits', like({ limits: { timeoutMs: 0 } })],
    ['tool-limits', like({ limits: { concurrent: 1.5 } })],
    ['tool-effect', like({ effect: () => 'harmless' })],
    ['tool-effect', like({ approval: () => 'yes' })],
    ['tool-repeat', like({ execute: async () => Math.random() })],
    [
      'tool-prototypes',
      like({ execute: async () => void ((Object.prototype as Record<string, unknown>)['polluted'] = true) }),
    ],
    [
      'tool-input',
      like({
        inputSchema: z.object({ list: z.array(z.number()).min(1) }),
        execute: async ({ list }: { list: number[] }) => list.push(1),
      }),
    ],
  ])('finds what breaks %s, and nothing else', async (rule, tool) => {
    expect(await failingOf(tool)).toEqual([rule]);
  });

  it.each<[string, AnyTool, string]>([
    [
      'a plain error',
      like({ execute: async () => Promise.reject(new TypeError('x is not a function')) }),
      'without a code',
    ],
    [
      'a plain error thrown at once',
      like({
        execute: () => {
          throw new Error('now');
        },
      }),
      'Error: now',
    ],
    ['a result that JSON cannot hold', like({ execute: async () => ({ n: 1n }) }), 'result.n is a bigint'],
    [
      'a result that holds itself',
      like({
        execute: async () => {
          const a: unknown[] = [];
          a.push(a);
          return a;
        },
      }),
      'holds itself',
    ],
    ['a map', like({ execute: async () => new Map() }), 'is a Map'],
    ['a result that is too large', like({ execute: async () => 'x'.repeat(2 ** 20) }), 'bytes'],
    [
      'a result beside its schema',
      like({ outputSchema: z.object({ sum: z.string() }) }),
      'does not fit its outputSchema',
    ],
  ])('finds %s by tool-fuzz', async (_what, tool, message) => {
    const checks = toolPluginChecks(pluginWith(tool), quick);
    expect(await found(checks, 'tool-fuzz')).toContain(message);
  });

  it('finds a tool that blocks everything, but not a machine that stood still once', async () => {
    const blockFor = (ms: number): void => {
      const end = performance.now() + ms;
      while (performance.now() < end);
    };
    const always = like({ effect: 'unsafe', execute: async () => blockFor(60) });
    const options = { ...quick, runs: 3, callLimitMs: 50 };
    const fuzz = (tool: AnyTool) => found(toolPluginChecks(pluginWith(tool), options), 'tool-fuzz');
    expect(await fuzz(always)).toMatch(/took \d+ ms; at most 50 ms/);
    let calls = 0;
    const once = like({ effect: 'unsafe', execute: async () => (calls++ === 0 ? blockFor(60) : undefined) });
    const checks = toolPluginChecks(pluginWith(once), options).filter(({ rule }) => rule === 'tool-fuzz');
    expect(await failing(checks)).toEqual([]);
  });

  it('takes the number of fuzzed calls by tool', async () => {
    let calls = 0;
    const tool = like({ inputSchema: z.object({}), effect: 'unsafe', execute: async () => void (calls += 1) });
    const options = { ...quick, runsByTool: { add_numbers: 7 } };
    const checks = toolPluginChecks(pluginWith(tool), options).filter(({ rule }) => rule === 'tool-fuzz');
    expect(await failing(checks)).toEqual([]);
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThanOrEqual(7);
  });

  it('finds a tool that never answers', async () => {
    const tool = like({ execute: () => new Promise(() => {}) });
    const broken = await failingOf(tool);
    expect(broken).toContain('tool-fuzz');
    expect(broken).toContain('tool-abort');
  });

  it('finds a tool that does not hand its signal to fetch', async () => {
    expect(await failingOf(like({ effect: 'idempotent', execute: askWithoutSignal }))).toEqual(['tool-abort']);
  });

  it('lets a tool pass that does', async () => {
    const tool = defineTool({
      ...add,
      effect: 'idempotent',
      outputSchema: z.unknown(),
      execute: async (_input, { fetch, signal }) => (await fetch('http://127.0.0.1:1/', { signal })).json(),
    });
    expect(await failingOf(tool as AnyTool)).toEqual([]);
  });

  it('finds a pure tool that looks at files', async () => {
    expect(await found(toolPluginChecks(pluginWith(like({ execute: lookAtFiles })), quick), 'tool-repeat')).toContain(
      'uses context.files',
    );
  });

  it('finds an idempotent tool that works only once', async () => {
    let calls = 0;
    const execute = async (): Promise<unknown> => {
      if (calls++ % 2 === 1) throw new OrchestratorError('TOOL_FAILED', 'done already');
      return {};
    };
    expect(await failingOf(like({ effect: 'keyed', execute }))).toEqual(['tool-repeat']);
  });

  it('finds names that come twice, and a plugin without tools', async () => {
    expect(await failing(toolPluginChecks(pluginWith(add, add), quick))).toEqual(['tools-some']);
    expect(await failing(toolPluginChecks(pluginWith(), quick))).toEqual(['tools-some']);
  });

  it('does not call what is no tool', async () => {
    expect(await failingOf(like({ category: 'odd' }))).toEqual(['tool-shape']);
  });

  it('calls with the examples and the context it is given', { timeout: 60_000 }, async () => {
    await using server = await startJsonServer(() => [200, { temperature: 21 }]);
    const tool = like({
      effect: 'idempotent',
      inputSchema: z.object({ city: z.string() }),
      execute: async (_input: unknown, { env, fetch, signal }: never) => {
        const ask = fetch as (url: string, init: object) => Promise<Response>;
        return (await ask((env as { URL: string }).URL, { signal })).json();
      },
    });
    const checks = toolPluginChecks(pluginWith(tool), {
      runs: 80, // the first request of a process takes its time
      examples: { add_numbers: [{ city: 'Lisbon' }] },
      context: () => ({ env: { URL: server.url }, fetch: globalThis.fetch }),
    });
    expect(await failing(checks)).toEqual([]);
    expect(server.requests.length).toBeGreaterThan(0);
  });

  it('reports an example that gives no result', async () => {
    const checks = toolPluginChecks(pluginWith(add), { ...quick, examples: { add_numbers: [{ a: 'one' }] } });
    expect(await found(checks, 'tool-examples')).toContain('gave no result');
  });

  it('leaves out the rules that are skipped', () => {
    const rules = toolPluginChecks(pluginWith(add), { skip: ['tool-name', 'add_numbers/tool-fuzz'] }).map(
      ({ rule }) => rule,
    );
    expect(rules).not.toContain('tool-name');
    expect(rules).not.toContain('tool-fuzz');
    expect(rules).toContain('tool-abort');
  });

  it('cleans a spoilt prototype up behind it', async () => {
    await failingOf(
      like({ execute: async () => void ((Object.prototype as Record<string, unknown>)['polluted'] = true) }),
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('a tool that declares a user context', () => {
  const userContextSchema = z.object({ factor: z.number().int().min(1).max(9), unit: z.string().default('m') });
  const scaled = defineTool({
    ...add,
    userContextSchema,
    outputSchema: z.object({ sum: z.string() }),
    execute: async (input, { userContext }) => ({ sum: `${input.a * userContext.factor} ${userContext.unit}` }),
  });

  it('is called with one that fits', async () => {
    expect(await failingOf(scaled)).toEqual([]);
    const context = (): Partial<ToolContext> => ({ userContext: { factor: 2 } });
    expect(await failing(toolPluginChecks(pluginWith(scaled), { ...quick, context }))).toEqual([]);
  });

  it('tells where what the test gives does not fit', async () => {
    const context = (): Partial<ToolContext> => ({ userContext: { factor: 'two' } });
    const checks = toolPluginChecks(pluginWith(scaled), { ...quick, context });
    expect(await found(checks, 'tool-fuzz')).toContain('give a userContext that fits');
  });
});

describe('the facts of every plugin', () => {
  const plugin = pluginWith(add);
  const packageJson = {
    name: '@acme/tools-add',
    version: '1.0.0',
    type: 'module',
    keywords: ['mao-plugin'],
    mao: { plugin: './dist/index.js#addToolsPlugin', contract: 'v1', permissions: [] },
    peerDependencies: { '@master-orchestrator/contracts': '^1.0.0' },
  };
  const failingFacts = (changed: object, manifest: object = packageJson): Promise<readonly string[]> =>
    failing(toolPluginChecks({ ...plugin, ...changed }, { ...quick, packageJson: manifest }));

  it('are kept by a good one', async () => {
    expect(await failingFacts({})).toEqual([]);
  });

  it.each<[string, object, object]>([
    ['plugin-shape', { specificationVersion: 'v2' }, packageJson],
    ['plugin-contributions', { contributes: { ...plugin.contributes, tolls: [] } }, packageJson],
    ['plugin-lifecycle', { dispose: () => Promise.reject(new Error('was never open')) }, packageJson],
    ['plugin-package', {}, { ...packageJson, version: '2.0.0' }],
    ['plugin-package', {}, { ...packageJson, keywords: [] }],
    ['plugin-package', { permissions: ['net'] }, packageJson],
    ['plugin-peers', {}, { ...packageJson, dependencies: { '@master-orchestrator/contracts': '^1.0.0' } }],
    ['plugin-peers', {}, { ...packageJson, peerDependencies: { '@master-orchestrator/contracts': '1.0.0' } }],
    ['plugin-scripts', {}, { ...packageJson, scripts: { postinstall: 'node x' } }],
  ])('break %s where they are wrong', async (rule, changed, manifest) => {
    expect(await failingFacts(changed, manifest)).toEqual([rule]);
  });

  it('break plugin-permissions where one does not exist', async () => {
    const permissions = ['network'];
    const manifest = { ...packageJson, mao: { ...packageJson.mao, permissions } };
    expect(await failingFacts({ permissions }, manifest)).toEqual(['plugin-permissions']);
  });

  it('give a plugin a context with a stream and a logger', async () => {
    let isOpen = false;
    const setup: PluginV1['setup'] = async (context) => {
      context.listen('count', () => {});
      context.events$.subscribe();
      context.logger.info('open');
      isOpen = true;
    };
    expect(await failingFacts({ setup })).toEqual([]);
    expect(isOpen).toBe(true);
  });
});

const ok = async (): Promise<void> => {};
const broken = (): Promise<void> => Promise.reject(new Error('broken'));
const check = (rule: string, run: () => Promise<void>): Parameters<typeof runChecks>[0][number] => ({
  rule,
  subject: 's',
  name: `s: ${rule}`,
  why: 'w',
  fix: 'f',
  run,
});

describe('runChecks', () => {
  it('tells what passed, what failed, and what a baseline foresaw', async () => {
    const checks = [check('a', ok), check('b', broken), check('c', broken), check('d', ok)];
    const reports = await runChecks(checks, { baseline: ['s/c', 's/d'] });
    expect(reports.map(({ outcome }) => outcome)).toEqual(['pass', 'fail', 'known', 'mended']);
    expect(reports[1]).toMatchObject({ found: 'broken', why: 'w', fix: 'f' });
  });

  it('ends a check that does not end', async () => {
    const [report] = await runChecks([check('a', () => new Promise(() => {}))], { timeoutMs: 20 });
    expect(report).toMatchObject({ outcome: 'fail', found: 'The check did not end within 20 ms.' });
  });
});

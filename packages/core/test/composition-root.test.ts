import { CONFIG } from '@master-orchestrator/config';
import { EVENT_STREAM, IDS, LOGGER, silentLogger, type Token } from '@master-orchestrator/contracts';
import {
  BreakerRegistry,
  CLOCK,
  createToken,
  ERROR_HANDLER,
  ErrorHandler,
  RANDOM,
  systemClock,
  createSecretMask,
} from '@master-orchestrator/errors';
import { TOOL_REGISTRY, ToolRegistry } from '@master-orchestrator/tools';
import { resolveConfig } from '@master-orchestrator/config';
import { describe, expect, it } from 'vitest';
import {
  AGENT_BOOK,
  BREAKERS,
  BUDGET_LEDGER,
  BudgetLedger,
  CompositionRoot,
  createMemoryEngine,
  createOrchestrator,
  ENGINE,
  EVENT_BUS,
  EventBus,
  MODEL_GATEWAY,
  MODEL_GUARDS,
  MODEL_REGISTRY,
  ModelRegistry,
  PLUGIN_REGISTRY,
  PluginRegistry,
  PRICE_BOOK,
  PriceBook,
  RECOVERY_PLANS,
  SECRET_MASK,
  RecoveryPlans,
  SESSION_STORE,
  WORK_DESKS,
} from '../src/index.js';
import { AgentBook } from '../src/agents/agent-book.js';
import { ModelGateway } from '../src/models/model-gateway.js';
import { ModelGuards } from '../src/models/model-guards.js';
import { StateSessionStore } from '../src/sessions/state-session-store.js';
import { createWorkDesks } from '../src/tasks/work-desks.js';

const A = createToken<{ name: string }>('test.A');
const B = createToken<{ name: string }>('test.B');

describe('a composition root', () => {
  it('makes a thing once, on the first resolve', () => {
    const root = new CompositionRoot();
    let count = 0;
    root.bind(A, () => ({ name: `a${(count += 1)}` }));
    expect(count).toBe(0);
    expect(root.resolve(A)).toBe(root.resolve(A));
    expect(count).toBe(1);
  });

  it('refuses a second binding, an unbound token, and a rebinding of what is in use', () => {
    const root = new CompositionRoot();
    root.bind(A, () => ({ name: 'a' }));
    expect(() => root.bind(A, () => ({ name: 'b' }))).toThrow(/bound already/);
    expect(() => root.resolve(B)).toThrow(/"test.B"/);
    expect(() => root.rebind(B, () => ({ name: 'b' }))).toThrow(/"test.B"/);
    root.resolve(A);
    expect(() => root.rebind(A, () => ({ name: 'b' }))).toThrow(/in use already/);
  });

  it('names the path of a cycle', () => {
    const root = new CompositionRoot();
    root.bind(A, (resolve) => resolve(B));
    root.bind(B, (resolve) => resolve(A));
    expect(() => root.resolve(A)).toThrow('test.A -> test.B -> test.A');
  });

  it('disposes what it made in reverse order, past failures, and nothing else', async () => {
    const root = new CompositionRoot();
    const disposed: string[] = [];
    const make = (name: string, fails = false) => ({
      name,
      dispose: async () => {
        disposed.push(name);
        if (fails) throw new Error(name);
      },
    });
    root.bind(A, () => make('a'));
    root.bind(B, (resolve) => make(`b after ${resolve(A).name}`, true));
    root.bind(createToken<object>('test.Unused'), () => make('unused'));
    root.resolve(B);
    expect(await root.dispose()).toHaveLength(1);
    expect(disposed).toEqual(['b after a', 'a']);
  });
});

describe('every seam of an orchestrator can be rebound', () => {
  const clock = { ...systemClock };
  const bus = new EventBus(clock);
  const engine = createMemoryEngine({ clock, random: Math.random, logger: silentLogger });
  const breakers = new BreakerRegistry();
  const guards = new ModelGuards({
    clock,
    breakers,
    concurrency: { start: 1, lowest: 1, highest: 1 },
    retryBudget: { capacity: 1, perSuccess: 1, perSecond: 1 },
  });
  const budgets = new BudgetLedger(clock);
  const prices = new PriceBook();
  const replacements: readonly [Token<unknown>, unknown][] = [
    [CONFIG, resolveConfig({})],
    [CLOCK, clock],
    [RANDOM, () => 0.1],
    [IDS, (kind: string) => `${kind}_x`],
    [LOGGER, { ...silentLogger }],
    [EVENT_BUS, bus],
    [EVENT_STREAM, bus],
    [PLUGIN_REGISTRY, new PluginRegistry({ bus, logger: silentLogger })],
    [BREAKERS, breakers],
    [ERROR_HANDLER, new ErrorHandler()],
    [RECOVERY_PLANS, new RecoveryPlans({ plans: {}, agents: {}, tools: {} }, [])],
    [MODEL_REGISTRY, new ModelRegistry()],
    [PRICE_BOOK, prices],
    [MODEL_GUARDS, guards],
    [BUDGET_LEDGER, budgets],
    [
      MODEL_GATEWAY,
      new ModelGateway({
        clock,
        errors: new ErrorHandler({ clock }),
        guards,
        prices,
        budgets,
        mask: createSecretMask([]),
      }),
    ],
    [ENGINE, engine],
    [AGENT_BOOK, new AgentBook(clock)],
    [SESSION_STORE, new StateSessionStore(engine.state, clock)],
    [WORK_DESKS, createWorkDesks(engine.state)],
    [SECRET_MASK, createSecretMask([])],
    [TOOL_REGISTRY, new ToolRegistry()],
  ];

  it.each(replacements.map(([token, value]) => [String(token.description), token, value] as const))(
    '%s',
    async (_name, token, value) => {
      let root: CompositionRoot | undefined;
      const orchestrator = await createOrchestrator({
        rebind: (given) => {
          root = given;
          given.rebind(token, () => value);
        },
      });
      expect(root?.resolve(token)).toBe(value);
      const wire = orchestrator.wiring().find((each) => token.description?.endsWith(each.token));
      expect(wire).toMatchObject({ isRebound: true });
      await orchestrator.shutdown({ drainMs: 0 });
    },
  );

  it('and none is missing from the list above', async () => {
    const orchestrator = await createOrchestrator();
    const listed = replacements.map(([token]) => String(token.description).replace('@master-orchestrator/', ''));
    expect(
      orchestrator
        .wiring()
        .map(({ token }) => token)
        .toSorted(),
    ).toEqual(listed.toSorted());
    await orchestrator.shutdown();
  });
});

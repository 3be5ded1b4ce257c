import { CONFIG, secretValues } from '@master-orchestrator/config';
import {
  EVENT_STREAM,
  IDS,
  LOGGER,
  optional,
  type CreateId,
  type Logger,
  type TaskEngine,
} from '@master-orchestrator/contracts';
import {
  BreakerRegistry,
  CLOCK,
  createSecretMask,
  createToken,
  ERROR_HANDLER,
  ErrorHandler,
  RANDOM,
  systemClock,
  type Random,
} from '@master-orchestrator/errors';
import { AgentBook } from './agents/agent-book.js';
import { BudgetLedger } from './budgets/budget-ledger.js';
import { SharedBudgets } from './budgets/shared-budgets.js';
import type { CompositionRoot } from './composition-root.js';
import { EventBus } from './events/event-bus.js';
import { ModelGateway } from './models/model-gateway.js';
import { ModelGuards } from './models/model-guards.js';
import { ModelRegistry } from './models/model-registry.js';
import { PriceBook } from './models/price-book.js';
import { PluginRegistry } from './plugins/plugin-registry.js';
import { recoverySettings } from './recovery-settings.js';
import { RecoveryPlans } from './run/recovery-plans.js';
import { StateSessionStore } from './sessions/state-session-store.js';
import {
  AGENT_BOOK,
  BUDGET_LEDGER,
  ENGINE,
  EVENT_BUS,
  MODEL_GATEWAY,
  MODEL_GUARDS,
  MODEL_REGISTRY,
  PLUGIN_REGISTRY,
  PRICE_BOOK,
  RECOVERY_PLANS,
  SECRET_MASK,
  SESSION_STORE,
  WORK_DESKS,
} from './tokens.js';
import { createWorkDesks } from './tasks/work-desks.js';

/** Circuit breakers of this process. */
export const BREAKERS = createToken<BreakerRegistry>('errors.BreakerRegistry');

/** Sources of everything that differs between two runs of the same program. */
export interface Sources {
  readonly logger: Logger;
  readonly createId: CreateId;
  readonly random: Random;
  /** Longest time of a hook of a plugin, in milliseconds. */ readonly hookLimitMs?: number | undefined;
}

/** Binds time, chance, ids, log and events. */
export function bindFoundation(root: CompositionRoot, { logger, createId, random, hookLimitMs }: Sources): void {
  root.bind(CLOCK, () => systemClock);
  root.bind(RANDOM, () => random);
  root.bind(IDS, () => createId);
  root.bind(LOGGER, () => logger);
  root.bind(SECRET_MASK, (resolve) => createSecretMask(secretValues(resolve(CONFIG))));
  root.bind(EVENT_BUS, (resolve) => new EventBus(resolve(CLOCK)));
  root.bind(EVENT_STREAM, (resolve) => resolve(EVENT_BUS));
  root.bind(PLUGIN_REGISTRY, (resolve) => {
    const [bus, clock] = [resolve(EVENT_BUS), resolve(CLOCK)];
    return new PluginRegistry({
      bus,
      clock,
      logger: resolve(LOGGER),
      mask: resolve(SECRET_MASK),
      ...optional({ hookLimitMs }),
    });
  });
}

/** Binds what decides about failures: breakers and the error handler with the plugins' rules and strategies. */
export function bindRecovery(root: CompositionRoot): void {
  root.bind(BREAKERS, (resolve) => {
    const { breakers } = resolve(CONFIG);
    const bus = resolve(EVENT_BUS);
    return new BreakerRegistry({
      clock: resolve(CLOCK),
      failureThreshold: breakers.failureThreshold,
      openMs: breakers.openMs,
      successThreshold: breakers.successThreshold,
      credentialOpenMs: breakers.credentialOpenMs,
      onChange: ({ key, from, to, reason }) => bus.announce('breaker-change', { key, from, to, reason }),
    });
  });
  root.bind(ERROR_HANDLER, (resolve) => {
    const { recovery } = resolve(CONFIG);
    const plugins = resolve(PLUGIN_REGISTRY);
    const added = plugins.contributions('recoveryStrategies').map(({ value }) => value);
    return new ErrorHandler({
      clock: resolve(CLOCK),
      random: resolve(RANDOM),
      ...recoverySettings(recovery, added, resolve(RANDOM)),
      rules: plugins.contributions('errorRules').map(({ value }) => value),
      breakers: resolve(BREAKERS),
    });
  });
  root.bind(
    RECOVERY_PLANS,
    (resolve) => new RecoveryPlans(resolve(CONFIG).recovery, resolve(ERROR_HANDLER).strategies),
  );
}

/** Binds models: who is asked, what stands before them, what they cost, what may be spent. */
export function bindModels(root: CompositionRoot): void {
  root.bind(MODEL_REGISTRY, (resolve) => {
    const registry = new ModelRegistry(resolve(CONFIG).models.default);
    for (const { value } of resolve(PLUGIN_REGISTRY).contributions('models')) registry.add(value);
    return registry;
  });
  root.bind(PRICE_BOOK, (resolve) => {
    const book = new PriceBook();
    for (const { value } of resolve(PLUGIN_REGISTRY).contributions('priceTables')) book.add(value);
    return book;
  });
  root.bind(MODEL_GUARDS, (resolve) => {
    const { models, recovery, breakers } = resolve(CONFIG);
    const bus = resolve(EVENT_BUS);
    return new ModelGuards({
      clock: resolve(CLOCK),
      breakers: resolve(BREAKERS),
      hasBreakers: breakers.enabled,
      concurrency: models.concurrency,
      retryBudget: recovery.retryBudget,
      onLimiterChange: ({ key, from, to, reason }) => bus.announce('limiter-change', { key, from, to, reason }),
    });
  });
  root.bind(BUDGET_LEDGER, (resolve) => {
    const engine = resolve(ENGINE);
    const shared = engine.caps.durable ? new SharedBudgets(engine.state, resolve(CLOCK)) : undefined;
    return new BudgetLedger(resolve(CLOCK), shared);
  });
  root.bind(
    MODEL_GATEWAY,
    (resolve) =>
      new ModelGateway({
        clock: resolve(CLOCK),
        errors: resolve(ERROR_HANDLER),
        guards: resolve(MODEL_GUARDS),
        prices: resolve(PRICE_BOOK),
        budgets: resolve(BUDGET_LEDGER),
        mask: resolve(SECRET_MASK),
      }),
  );
}

/** Binds what is kept: the engine, agents, conversations, work items. */
export function bindStores(root: CompositionRoot, engine: () => TaskEngine): void {
  root.bind(ENGINE, engine);
  root.bind(AGENT_BOOK, (resolve) => new AgentBook(resolve(CLOCK)));
  root.bind(SESSION_STORE, (resolve) => new StateSessionStore(resolve(ENGINE).state, resolve(CLOCK)));
  root.bind(WORK_DESKS, (resolve) => createWorkDesks(resolve(ENGINE).state));
}

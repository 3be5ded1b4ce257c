import type { SessionStore, TaskEngine } from '@master-orchestrator/contracts';
import { createToken, type SecretMask } from '@master-orchestrator/errors';
import type { AgentBook } from './agents/agent-book.js';
import type { BudgetLedger } from './budgets/budget-ledger.js';
import type { EventBus } from './events/event-bus.js';
import type { ModelGateway } from './models/model-gateway.js';
import type { ModelGuards } from './models/model-guards.js';
import type { ModelRegistry } from './models/model-registry.js';
import type { PriceBook } from './models/price-book.js';
import type { PluginRegistry } from './plugins/plugin-registry.js';
import type { RecoveryPlans } from './run/recovery-plans.js';
import type { WorkDesks } from './tasks/work-desks.js';

/** The event bus; `EVENT_STREAM` of contracts is its reading side. */
export const EVENT_BUS = createToken<EventBus>('core.EventBus');
/** Where tasks and their steps live. */
export const ENGINE = createToken<TaskEngine>('core.TaskEngine');
/** Where conversations are kept. */
export const SESSION_STORE = createToken<SessionStore>('core.SessionStore');
/** What models cost. */
export const PRICE_BOOK = createToken<PriceBook>('core.PriceBook');
/** Finds providers by the names of models. */
export const MODEL_REGISTRY = createToken<ModelRegistry>('core.ModelRegistry');
/** Limiters, breakers and retry budgets of models. */
export const MODEL_GUARDS = createToken<ModelGuards>('core.ModelGuards');
/** Gets questions to models answered. */
export const MODEL_GATEWAY = createToken<ModelGateway>('core.ModelGateway');
/** What may be spent. */
export const BUDGET_LEDGER = createToken<BudgetLedger>('core.BudgetLedger');
/** All agents. */
export const AGENT_BOOK = createToken<AgentBook>('core.AgentBook');
/** What waits for people. */
export const WORK_DESKS = createToken<WorkDesks>('core.WorkDesks');
/** Recovery plans of agents, tools and tasks. */
export const RECOVERY_PLANS = createToken<RecoveryPlans>('core.RecoveryPlans');
/** All plugins. */
export const PLUGIN_REGISTRY = createToken<PluginRegistry>('core.PluginRegistry');
/** Takes the secrets of the configuration, and what is a key by its form, out of what is stored. */
export const SECRET_MASK = createToken<SecretMask>('core.SecretMask');

export { createOrchestrator } from './create-orchestrator.js';
export type { OrchestratorOptions } from './orchestrator-options.js';
export { MasterOrchestrator, type RunOptions, type TaskFilter, type TaskSettlement } from './orchestrator.js';
export type { OrchestratorParts } from './orchestrator-parts.js';
export { CompositionRoot, type Wire } from './composition-root.js';
export { BREAKERS } from './bindings.js';
export {
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
export type { AgentFilter, AgentRevision, CreateAgentOptions } from './agents/agent-book.js';
export type { ScheduledTask, ScheduleOptions, ScheduleRecord } from './tasks/schedules.js';
export type { Cost, CostNode } from './tasks/cost-tree.js';
export type { CreateTaskOptions, TaskOptions, UserContextOption } from './tasks/task-options.js';
export type { TaskDependency, TaskInfo, TaskRecord } from './tasks/task-book.js';
export { TASK_TABLE, type TaskMove } from './tasks/task-states.js';
export type { WorkDesk } from './tasks/work-desk.js';
export type { WorkDesks } from './tasks/work-desks.js';
export {
  runUntilSignal,
  type ProcessLike,
  type RunUntilSignalOptions,
  type Stoppable,
} from './process/run-until-signal.js';
export { startWorker, type Worker, type WorkerOptions } from './process/start-worker.js';
export type { RunHandle } from './run/run-handle.js';
export { BudgetLedger, type BudgetView, type Reservation } from './budgets/budget-ledger.js';
export type { Amount, BudgetReport } from './budgets/budget-node.js';
export { EventBus } from './events/event-bus.js';
export { ModelGateway } from './models/model-gateway.js';
export { ModelRegistry, type ModelTarget } from './models/model-registry.js';
export { PriceBook, costOf } from './models/price-book.js';
export { PluginRegistry, type FailedPlugin, type OnPluginFailure, type PluginView } from './plugins/plugin-registry.js';
export type { ContributionOf } from './plugins/plugin-shape.js';
export { isolatedPlugin, type IsolatedPluginOptions } from './plugins/isolated-plugin.js';
export { RecoveryPlans, type PlanOwners } from './run/recovery-plans.js';
export { compact, type CompactionGoal } from './sessions/compaction.js';
export { createMemoryEngine } from './engine/memory-engine.js';
export type { Health, HealthPart } from './health.js';
export type { AgentStatistics, Statistics, Workload } from './statistics.js';
export { nearest } from './nearest.js';

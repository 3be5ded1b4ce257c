import type { TaskEngine } from '@master-orchestrator/contracts';
import type { Clock, ErrorHandler, OrchestratorError } from '@master-orchestrator/errors';
import type { ToolRegistry } from '@master-orchestrator/tools';
import type { AgentBook } from './agents/agent-book.js';
import type { AgentDirectory } from './agents/agent-directory.js';
import type { BudgetLedger } from './budgets/budget-ledger.js';
import type { Wire } from './composition-root.js';
import type { EventBus } from './events/event-bus.js';
import type { HealthDesk } from './health.js';
import type { PluginDesk } from './plugins/plugin-desk.js';
import type { PluginRegistry } from './plugins/plugin-registry.js';
import type { StatisticsReader } from './statistics.js';
import type { Scheduler } from './tasks/scheduler.js';
import type { Schedules } from './tasks/schedules.js';
import type { TaskBook } from './tasks/task-book.js';
import type { WorkDesks } from './tasks/work-desks.js';

/** Collaborators of a `MasterOrchestrator`; made by `createOrchestrator`. */
export interface OrchestratorParts {
  readonly agents: AgentBook;
  readonly tasks: TaskBook;
  readonly directory: AgentDirectory;
  readonly scheduler: Scheduler;
  readonly engine: TaskEngine;
  readonly tools: ToolRegistry;
  readonly errors: ErrorHandler;
  readonly plugins: PluginRegistry;
  readonly pluginDesk: PluginDesk;
  readonly budgets: BudgetLedger;
  readonly desks: WorkDesks;
  readonly schedules: Schedules;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly statistics: StatisticsReader;
  readonly health: HealthDesk;
  readonly streamCapacity: number;
  wiring(): Wire[];
  /** Begins to take tasks from the engine, once. */ work(): Promise<void>;
  close(drainMs: number): Promise<void>;
  readonly fatal: Promise<OrchestratorError>;
  /** Aborts what a shutdown under way still waits for. */ hurry(): Promise<void>;
}

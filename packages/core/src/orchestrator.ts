import {
  type AgentDefinition,
  type AgentId,
  type AgentView,
  type AnyTool,
  type ApprovalAnswer,
  type ApprovalRecord,
  type DeadLetterRecord,
  type EscalationAnswer,
  type EscalationRecord,
  type ModelItem,
  type OrchestratorEvent,
  type PluginV1,
  type StepView,
  type TaskEngine,
  type TaskId,
  type TaskResult,
  type TaskStatus,
} from '@master-orchestrator/contracts';
import { OrchestratorError, type ErrorHandler } from '@master-orchestrator/errors';
import type { ToolRegistry } from '@master-orchestrator/tools';
import type { Observable, Subscription } from 'rxjs';
import { viewOfAgent, type AgentFilter, type CreateAgentOptions } from './agents/agent-book.js';
import type { BudgetLedger } from './budgets/budget-ledger.js';
import type { Wire } from './composition-root.js';
import type { Health } from './health.js';
import type { OrchestratorParts } from './orchestrator-parts.js';
import type { PluginRegistry, PluginView } from './plugins/plugin-registry.js';
import { costTree, type CostNode } from './tasks/cost-tree.js';
import { startRun, type RunHandle } from './run/run-handle.js';
import type { Statistics, Workload } from './statistics.js';
import type { ScheduleOptions, ScheduleRecord } from './tasks/schedules.js';
import type { LiveTask, TaskInfo } from './tasks/task-book.js';
import { infoOfTask } from './tasks/task-book.js';
import type { CreateTaskOptions, TaskOptions, UserContextOption } from './tasks/task-options.js';

/** Which tasks to list; given fields must all match. */
export interface TaskFilter {
  readonly status?: TaskStatus;
  readonly agentId?: string;
  readonly parentTaskId?: string;
}

/** How one task of several ended. */
export type TaskSettlement<Output = unknown> =
  | { readonly taskId: string; readonly status: 'completed'; readonly result: TaskResult<Output> }
  | { readonly taskId: string; readonly status: 'failed' | 'cancelled' | 'skipped'; readonly error: OrchestratorError };

/** What `run` takes beyond the description. */
export type RunOptions<Output = unknown, UserContext = unknown> = Omit<
  TaskOptions<Output, UserContext>,
  'description'
> &
  UserContextOption<NoInfer<UserContext>>;

/**
 * Creates, runs and supervises agents. Made by `createOrchestrator`; every method rejects with an
 * {@link OrchestratorError} that says what to do.
 */
export class MasterOrchestrator {
  readonly #parts: OrchestratorParts;
  #closing: Promise<void> | undefined;

  constructor(parts: OrchestratorParts) {
    this.#parts = parts;
  }

  /** Registered tools, their grants, limits and use. */
  get tools(): ToolRegistry {
    return this.#parts.tools;
  }

  /** What went wrong so far, and what was decided. */
  get errors(): ErrorHandler {
    return this.#parts.errors;
  }

  /** Registered plugins. */
  get plugins(): PluginRegistry {
    return this.#parts.plugins;
  }

  /** What may be spent, and what was. */
  get budgets(): BudgetLedger {
    return this.#parts.budgets;
  }

  /** The engine that holds tasks and steps. */
  get engine(): TaskEngine {
    return this.#parts.engine;
  }

  /**
   * Resolves with the failure because of which the orchestrator stops itself in order (a full or failing disk, or what a
   * plan ends in TERMINATE with scope `orchestrator`). Stays open otherwise; `runUntilSignal` ends the process with 1.
   */
  get fatal(): Promise<OrchestratorError> {
    return this.#parts.fatal;
  }

  /** Everything that happens, in order. Never errors; completes on shutdown. */
  get events$(): Observable<OrchestratorEvent> {
    return this.#parts.bus.events$;
  }

  /**
   * Begins to take tasks from the engine. The first task that is queued does this by itself; call it in a process that
   * only works, or to take up what an earlier process left, after its agents are created.
   */
  async start(): Promise<void> {
    this.#assertOpen();
    await this.#parts.work();
  }

  /** Guarded subscription: a throw of `handle` becomes a `listener-fail` event. */
  listen(name: string, handle: (event: OrchestratorEvent) => void): Subscription {
    return this.#parts.bus.listen(name, handle);
  }

  /**
   * Creates an agent.
   *
   * @param options - `tools` are added to the definition's; `id` fixes the id.
   * @returns its id
   * @throws OrchestratorError AGENT_INVALID, TOOL_UNKNOWN, AGENT_UNKNOWN (a delegate), MODEL_UNKNOWN
   */
  async createAgent<Output = string, UserContext = unknown, UserContextInput = UserContext>(
    definition: AgentDefinition<Output, UserContext, UserContextInput>,
    options: CreateAgentOptions = {},
  ): Promise<AgentId<Output, UserContextInput>> {
    this.#assertOpen();
    const agent = await this.#parts.directory.create(definition, options);
    return agent.id;
  }

  /** Gives an agent a new revision; running tasks keep theirs. @throws OrchestratorError AGENT_UNKNOWN, AGENT_INVALID */
  async updateAgent(id: string, change: Partial<AgentDefinition<unknown>>): Promise<AgentView> {
    this.#assertOpen();
    return viewOfAgent(await this.#parts.directory.update(id, change), this.#parts.directory.statusOf(id));
  }

  /** Removes an agent. Its running tasks end; new ones are refused. @throws OrchestratorError AGENT_UNKNOWN */
  async deleteAgent(id: string): Promise<void> {
    await this.#parts.directory.delete(id);
  }

  /** @throws OrchestratorError AGENT_UNKNOWN */
  async getAgent(id: string): Promise<AgentView> {
    return viewOfAgent(this.#parts.agents.get(id), this.#parts.directory.statusOf(id));
  }

  /** Agents in order of creation. */
  async listAgents(filter: AgentFilter = {}): Promise<AgentView[]> {
    return this.#parts.agents.list(filter).map((agent) => viewOfAgent(agent, this.#parts.directory.statusOf(agent.id)));
  }

  /** Names the agent that gets the tasks given to a team. @throws OrchestratorError AGENT_UNKNOWN */
  setTeamLead(team: string, agentId: string): void {
    this.#parts.agents.setLead(team, this.#parts.agents.get(agentId).id);
  }

  /** Nothing of this agent is started any more, in any process; running tasks go on. */
  async pauseAgent(id: string): Promise<void> {
    await this.#parts.directory.pause(id);
  }

  /** Undoes {@link pauseAgent}. */
  async resumeAgent(id: string): Promise<void> {
    await this.#parts.directory.resume(id);
  }

  /**
   * Stores a task and starts nothing: it is `pending` until {@link executeTask} or {@link enqueueTask}.
   *
   * @returns its id; the same one for the same `idempotencyKey`
   * @throws OrchestratorError TASK_INVALID, AGENT_UNKNOWN, TASK_UNKNOWN (a dependency), USER_CONTEXT_INVALID
   */
  async createTask<Output = unknown, UserContext = unknown>(
    options: CreateTaskOptions<Output, UserContext>,
  ): Promise<TaskId<Output>> {
    this.#assertOpen();
    return (await this.#parts.scheduler.createTask(options)).record.id;
  }

  /**
   * Queues a task once and waits for its end. Called again with the same id it gives the same result.
   *
   * @throws OrchestratorError why the task failed (`deadLetterId` where it was kept), CANCELLED, DEPENDENCY_SKIPPED
   */
  async executeTask<Output = unknown>(id: TaskId<Output>): Promise<TaskResult<Output>> {
    this.#assertOpen();
    const task = await this.#parts.tasks.get(id);
    const settled = this.#parts.tasks.settled(task);
    settled.catch(() => undefined);
    await this.#parts.scheduler.enqueue(task);
    return (await settled) as TaskResult<Output>;
  }

  /** Executes tasks and waits for all of them, whatever becomes of each. In the order of the ids. */
  async executeTasks<Output = unknown>(ids: readonly TaskId<Output>[]): Promise<TaskSettlement<Output>[]> {
    const settled = await Promise.allSettled(ids.map((id) => this.executeTask(id)));
    return settled.map((each, index) => settlementOf(ids[index] as string, each));
  }

  /** Queues a task without waiting for it. @throws OrchestratorError TASK_UNKNOWN, QUEUE_FULL */
  async enqueueTask(id: string): Promise<void> {
    this.#assertOpen();
    await this.#parts.scheduler.enqueue(await this.#parts.tasks.get(id));
  }

  /**
   * Creates a task and runs it at once, with its events, text and result at hand.
   *
   * Model answers are streamed unless `isStreamed` is false.
   */
  run<Output = unknown, UserContext = unknown>(
    description: string,
    options: RunOptions<Output, UserContext>,
  ): RunHandle<Output> {
    return startRun<Output, UserContext>(this, this.#parts, { isStreamed: true, ...options, description });
  }

  /** Cancels a task in whatever state it is. @returns false where it had ended already */
  async cancelTask(id: string, reason = 'cancelled by the user'): Promise<boolean> {
    return this.#parts.scheduler.cancel(await this.#parts.tasks.get(id), reason);
  }

  /**
   * Removes a task that was never queued, for example because there was no room; nothing is left of it.
   *
   * @returns false where it was queued or has ended: {@link cancelTask} is for those
   * @throws OrchestratorError TASK_UNKNOWN
   */
  async discardTask(id: string): Promise<boolean> {
    return this.#parts.scheduler.discard(await this.#parts.tasks.get(id));
  }

  /**
   * Makes a new task from one that failed, was cancelled or skipped, and queues it.
   *
   * @returns the id of the new task
   * @throws OrchestratorError STATE_CONFLICT where the task has not ended or has completed
   */
  async retryTask<Output = unknown>(id: TaskId<Output>): Promise<TaskId<Output>> {
    this.#assertOpen();
    return (await this.#parts.scheduler.retry(await this.#parts.tasks.get(id))).record.id;
  }

  /**
   * Begins a new task with the steps of another one up to `fromStep` (a key of {@link taskSteps}) and runs what follows
   * anew.
   *
   * @returns the id of the new task, queued
   */
  async forkTask<Output = unknown>(id: TaskId<Output>, fromStep: string): Promise<TaskId<Output>> {
    this.#assertOpen();
    return (await this.#parts.scheduler.fork(await this.#parts.tasks.get(id), fromStep)).record.id;
  }

  /** The journal of a task: each step with its state and times. @throws OrchestratorError TASK_UNKNOWN */
  async taskSteps(id: string): Promise<StepView[]> {
    await this.#parts.tasks.get(id);
    return this.#parts.engine.journal(id);
  }

  /**
   * What a task has cost so far: its own model calls, and the tasks that its agent handed on, as a tree.
   *
   * @throws OrchestratorError TASK_UNKNOWN
   */
  async costsOf(id: string): Promise<CostNode> {
    return costTree(this.#parts.tasks, id);
  }

  /** @throws OrchestratorError TASK_UNKNOWN */
  async getTask(id: string): Promise<TaskInfo> {
    return infoOfTask(await this.#parts.tasks.get(id));
  }

  /** Tasks this process knows, oldest first. */
  async listTasks(filter: TaskFilter = {}): Promise<TaskInfo[]> {
    return this.#parts.tasks
      .live()
      .filter(({ record, status }) => (filter.status ?? status) === status && matches(record, filter))
      .map(infoOfTask);
  }

  /** Tool calls that wait for a person, or all there were. */
  async listApprovals(status: ApprovalRecord['status'] | 'all' = 'open'): Promise<ApprovalRecord[]> {
    return this.#parts.desks.approvals.list(status === 'all' ? undefined : status);
  }

  /** Answers an approval; the first answer counts. @throws OrchestratorError NOT_FOUND, STATE_CONFLICT */
  async answerApproval(id: string, answer: ApprovalAnswer): Promise<ApprovalRecord> {
    return this.#parts.scheduler.answerApproval(id, answer);
  }

  /** Failures that wait for a person, or all there were. */
  async listEscalations(status: EscalationRecord['status'] | 'all' = 'open'): Promise<EscalationRecord[]> {
    return this.#parts.desks.escalations.list(status === 'all' ? undefined : status);
  }

  /** Answers an escalation; the first answer counts. @throws OrchestratorError NOT_FOUND, STATE_CONFLICT */
  async answerEscalation(id: string, answer: EscalationAnswer): Promise<EscalationRecord> {
    return this.#parts.scheduler.answerEscalation(id, answer);
  }

  /** Tasks that failed for good. */
  async listDeadLetters(status: DeadLetterRecord['status'] | 'all' = 'open'): Promise<DeadLetterRecord[]> {
    return this.#parts.desks.deadLetters.list(status === 'all' ? undefined : status);
  }

  /** Runs the task of a dead letter again, as a new task. @returns the id of the new task */
  async replayDeadLetter(id: string): Promise<TaskId> {
    this.#assertOpen();
    return (await this.#parts.scheduler.replay(id)).record.id;
  }

  /** Puts a dead letter away. */
  async dropDeadLetter(id: string): Promise<void> {
    await this.#parts.scheduler.drop(id);
  }

  /**
   * The conversation of a failed task, up to its failure: what its dead letter names as `transcript`.
   *
   * @throws OrchestratorError NOT_FOUND
   */
  async deadLetterTranscript(id: string): Promise<readonly ModelItem[]> {
    const { deadLetters, traces } = this.#parts.desks;
    const { transcript } = await deadLetters.get(id);
    return (transcript === undefined ? undefined : await traces.read(transcript)) ?? [];
  }

  /**
   * Creates a task at every tick of a cron expression; with a fixed `id` a restarted program finds its schedule again.
   *
   * @throws OrchestratorError TASK_INVALID
   */
  async createSchedule(options: ScheduleOptions): Promise<ScheduleRecord> {
    this.#assertOpen();
    const record = await this.#parts.schedules.create(options);
    await this.#parts.work();
    return record;
  }

  /** All schedules with their next tick. */
  async listSchedules(): Promise<ScheduleRecord[]> {
    return this.#parts.schedules.list();
  }

  /** Stops a schedule from firing. @throws OrchestratorError NOT_FOUND */
  async pauseSchedule(id: string): Promise<ScheduleRecord> {
    return this.#parts.schedules.setPaused(id, true);
  }

  /** Undoes {@link pauseSchedule}. @throws OrchestratorError NOT_FOUND */
  async resumeSchedule(id: string): Promise<ScheduleRecord> {
    return this.#parts.schedules.setPaused(id, false);
  }

  /** Removes a schedule. @returns false where there was none */
  async deleteSchedule(id: string): Promise<boolean> {
    return this.#parts.schedules.delete(id);
  }

  /**
   * Adds a plugin while runs go on: tools, templates, models, price tables, event sinks, metrics and health checks. Runs
   * that are under way do not see what it adds. Its `setup` runs first; where that fails, nothing has changed.
   *
   * @throws OrchestratorError PLUGIN_INVALID, PLUGIN_VERSION_UNSUPPORTED, PLUGIN_DUPLICATE, PLUGIN_DEPENDENCY_MISSING,
   * PLUGIN_CONTRIBUTION_DUPLICATE, TOOL_INVALID, TOOL_EXISTS, PLUGIN_FAILED; STATE_CONFLICT where it brings what is fixed
   * at the start
   */
  async addPlugin(plugin: PluginV1): Promise<PluginView> {
    this.#assertOpen();
    return this.#parts.pluginDesk.add(plugin);
  }

  /**
   * Removes a plugin. Runs that are under way end with what it brought; then its `dispose` runs.
   *
   * @throws OrchestratorError PLUGIN_UNKNOWN; STATE_CONFLICT where another plugin needs it or it brought what is fixed
   */
  async removePlugin(name: string): Promise<void> {
    this.#assertOpen();
    await this.#parts.pluginDesk.remove(name);
  }

  /**
   * Puts a plugin in the place of the one of the same name. `setup` of the new one runs first: where it fails, the old one
   * stays at work. Runs that are under way end with the old one, which is disposed then; later runs get the new one.
   *
   * @throws OrchestratorError as {@link addPlugin}, and PLUGIN_UNKNOWN
   */
  async replacePlugin(plugin: PluginV1): Promise<PluginView> {
    this.#assertOpen();
    return this.#parts.pluginDesk.replace(plugin);
  }

  /** Adds a tool. @throws OrchestratorError TOOL_INVALID, TOOL_EXISTS */
  registerTool(tool: AnyTool): void {
    this.#parts.tools.registerTool(tool);
  }

  /** Removes a tool; calls under way end. @returns false where there was none */
  unregisterTool(name: string): boolean {
    return this.#parts.tools.unregisterTool(name);
  }

  /** Grants access to tools; see `ToolRegistry.grantToolAccess`. */
  async grantToolAccess(grant: Parameters<ToolRegistry['grantToolAccess']>[0]): Promise<string> {
    return this.#parts.tools.grantToolAccess(grant);
  }

  /** Takes a grant back; see `ToolRegistry.revokeToolAccess`. */
  async revokeToolAccess(
    grant: Parameters<ToolRegistry['revokeToolAccess']>[0],
  ): ReturnType<ToolRegistry['revokeToolAccess']> {
    return this.#parts.tools.revokeToolAccess(grant);
  }

  /** Whether everything needed is well: engine, models, plugins' checks, breakers, queue. */
  async health(): Promise<Health> {
    return this.#parts.health.check();
  }

  /** Counts since the start: tasks, agents, tools, models, errors. */
  statistics(): Statistics {
    return this.#parts.statistics.read();
  }

  /** Tasks that this process knows to wait and to run. Costs next to nothing, however many agents there are. */
  workload(): Workload {
    return this.#parts.statistics.workload;
  }

  /** Who provides what: every binding of the composition root. */
  wiring(): Wire[] {
    return this.#parts.wiring();
  }

  /**
   * Stops in order: nothing new is started, running steps have `drainMs`, then they are aborted. With a durable engine
   * unfinished tasks stay and are taken up by the next process; with the memory engine they end as cancelled.
   *
   * @param options - `drainMs`: time for running steps; a second call with 0 aborts them. @default 25_000
   */
  async shutdown(options: { readonly drainMs?: number } = {}): Promise<void> {
    if (this.#closing === undefined) this.#closing = this.#parts.close(options.drainMs ?? 25_000);
    else if (options.drainMs === 0) await this.#parts.hurry();
    return this.#closing;
  }

  /** Shuts down at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) {
      throw new OrchestratorError(
        'ORCHESTRATOR_CLOSED',
        'The orchestrator is shut down. Create a new one with createOrchestrator().',
      );
    }
  }
}

function matches(record: LiveTask['record'], filter: TaskFilter): boolean {
  return (
    (filter.agentId === undefined || record.agentId === filter.agentId) &&
    (filter.parentTaskId === undefined || record.parentTaskId === filter.parentTaskId)
  );
}

function settlementOf<Output>(taskId: string, each: PromiseSettledResult<TaskResult<Output>>): TaskSettlement<Output> {
  if (each.status === 'fulfilled') return { taskId, status: 'completed', result: each.value };
  const error = OrchestratorError.isInstance(each.reason)
    ? each.reason
    : new OrchestratorError('UNKNOWN_ERROR', String(each.reason));
  const status = error.code === 'CANCELLED' ? 'cancelled' : error.code === 'DEPENDENCY_SKIPPED' ? 'skipped' : 'failed';
  return { taskId, status, error };
}

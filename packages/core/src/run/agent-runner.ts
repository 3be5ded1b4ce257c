import {
  NO_USAGE,
  type Handler,
  type ModelItem,
  type SessionStore,
  type TaskRun,
} from '@master-orchestrator/contracts';
import { classify, isCancelled, OrchestratorError, type Json } from '@master-orchestrator/errors';
import type { AgentRevision } from '../agents/agent-book.js';
import { WallWatch } from '../budgets/wall-watch.js';
import type { LiveTask, StoredResult, TaskBook } from '../tasks/task-book.js';
import { AgentRun, budgetOf } from './agent-run.js';
import { cancelChildren } from './child-tasks.js';
import { raise } from './raise.js';
import { RunClock } from './run-clock.js';
import { activate, RunContext, type RunServices } from './run-context.js';
import { Transcript } from './transcript.js';

/** Kind of the tasks that agents do; handlers are found by it. */
export const AGENT_TASK = 'agent';
/** Shape of the journal that {@link AgentRunner} writes and understands. */
export const AGENT_TASK_REVISION = 1;

/** Takes tasks from the engine and lets agents do them. */
export class AgentRunner {
  readonly #services: RunServices;
  readonly #tasks: TaskBook;
  readonly #sessions: SessionStore;

  constructor(services: RunServices, tasks: TaskBook, sessions: SessionStore) {
    this.#services = services;
    this.#tasks = tasks;
    this.#sessions = sessions;
  }

  /** What the engine calls for a task of kind {@link AGENT_TASK}. */
  readonly handler: Handler = async (run) => {
    const task = await this.#tasks.get(run.id);
    const agent = await this.#pinned(task);
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(run.abort.reason);
    if (run.abort.aborted) onAbort();
    else run.abort.addEventListener('abort', onAbort, { once: true });
    const limitMs = agent.definition.limits?.taskTimeoutMs ?? this.#services.settings.taskTimeoutMs;
    const clock = new RunClock(this.#services.clock, limitMs, controller, () => timeoutError(task, limitMs));
    try {
      return (await this.#deliver(run, task, agent, controller, clock)) as unknown as Json;
    } finally {
      clock.stop();
      run.abort.removeEventListener('abort', onAbort);
    }
  };

  async #deliver(
    run: TaskRun,
    task: LiveTask,
    agent: AgentRevision,
    controller: AbortController,
    clock: RunClock,
  ): Promise<StoredResult> {
    const startedAt = this.#services.clock.monotonic();
    const { signal } = controller;
    const runId = `run_${task.record.id.replace(/^task_/, '')}`;
    task.events.aim({ runId });
    task.events.hold('task-start', { delivery: run.delivery });
    let context: RunContext | undefined;
    let outcome: 'completed' | 'failed' | 'cancelled' = 'failed';
    this.#openBudgets(task, agent);
    task.spending = { usage: NO_USAGE, costUsd: 0 };
    task.own = { usage: NO_USAGE, costUsd: 0 };
    const wall = new WallWatch(this.#services.budgets, budgetOf({ task }), this.#services.clock, (error) =>
      controller.abort(error),
    );
    // Plugins may come and go while it runs: it goes on with the tools and models of its beginning.
    const services = { ...this.#services, models: this.#services.models.asOfNow() };
    services.tools.beginRun(runId);
    wall.start();
    clock.start();
    try {
      await this.#checkDependencies(task);
      const active = activate(agent, services, { runId, userContext: task.record.userContext });
      const transcript = new Transcript([]);
      context = new RunContext({
        services,
        run,
        task,
        signal,
        abort: (error) => controller.abort(error),
        runId,
        clock,
        wall,
        transcript,
        active,
      });
      this.#announce(context, task);
      const history = await this.#loadSession(context);
      transcript.addHistory(history.items);
      transcript.add(...inputItems(task));
      const result = await new AgentRun(context).execute();
      await this.#saveSession(context, history.version);
      outcome = 'completed';
      return result;
    } catch (cause) {
      const error = this.#services.errors.classify(cause, { signal, what: `Task "${task.record.id}"` });
      if (isCancelled(error)) outcome = 'cancelled';
      else if (!isShutdown(run.abort)) await this.#fail(task, agent, context, error);
      if (error.code === 'JOURNAL_MISMATCH' || run.abort.aborted)
        throw run.abort.aborted ? (run.abort.reason ?? error) : error;
      throw error;
    } finally {
      const turns = context?.turn ?? 0;
      if (context !== undefined) {
        task.events.hold('run-end', {
          outcome,
          turns,
          usage: task.spending.usage,
          durationMs: this.#services.clock.monotonic() - startedAt,
        });
      }
      if (!isShutdown(run.abort)) task.events.flush();
      if (context !== undefined && context.background.length > 0)
        cancelChildren(
          context,
          context.background.map(({ id }) => id),
        );
      wall.stop();
      this.#services.tools.endRun(runId);
      this.#services.budgets.close(budgetOf({ task }), { forget: true });
    }
  }

  /** A failure the task ends with: counted and told, unless a step has; the conversation so far is kept. */
  async #fail(
    task: LiveTask,
    agent: AgentRevision,
    context: RunContext | undefined,
    error: OrchestratorError,
  ): Promise<void> {
    const { errors, desks, logger } = this.#services;
    if (context === undefined) {
      errors.handleError(error, { taskId: task.record.id, agentId: agent.id });
      task.events.tell('error-raise', { error: error.toJSON(), step: 'run' });
    } else if (!context.isTold(error)) {
      const decision = raise(context, error, { kind: 'run', name: 'run' });
      if (decision?.action === 'terminate' && decision.scope === 'orchestrator') this.#services.onFatal(error);
    }
    if (task.record.parentTaskId !== undefined || error.code === 'JOURNAL_MISMATCH') return;
    try {
      await desks.traces.keep(task.record.id, {
        errors: context?.failures ?? [],
        items: context?.transcript.items ?? [],
      });
    } catch (cause) {
      logger.warn(
        { taskId: task.record.id, err: classify(cause).toJSON() },
        'the conversation of a failed task is lost',
      );
    }
  }

  #announce({ active, task, events }: RunContext, { record }: LiveTask): void {
    const [target] = active.targets;
    events.hold('run-start', {
      agentName: task.record.agentName,
      model: target?.label ?? 'none',
      tools: active.toolSpecs.map(({ name }) => name),
      depth: record.ancestors.length,
    });
  }

  async #pinned(task: LiveTask): Promise<AgentRevision> {
    const { agentId, agentRevision, agentName } = task.record;
    const agent =
      this.#services.agents.pinned(agentId, agentRevision) ??
      (await this.#services.findRevision(agentId, agentRevision));
    if (agent !== undefined) return agent;
    throw new OrchestratorError(
      'JOURNAL_MISMATCH',
      `Task "${task.record.id}" began with revision ${agentRevision} of agent "${agentName}" (${agentId}), which this process does not have. Create that agent, then resume the task.`,
    );
  }

  /** A dependency that did not complete fails the task where it was not declared otherwise. */
  async #checkDependencies(task: LiveTask): Promise<void> {
    for (const { task: id, onFailure } of task.record.dependsOn) {
      if (onFailure === 'continue' || onFailure === 'skip') continue;
      const other = await this.#tasks.get(id);
      if (other.status === 'completed') continue;
      throw new OrchestratorError(
        'TASK_DEPENDENCY_FAILED',
        `Task "${id}", which this one depends on, ended as ${other.status}. Retry that one first, or declare onFailure: 'skip' or 'continue'.`,
        {
          isRetryable: false,
          ...(other.error === undefined ? {} : { cause: other.error }),
        },
      );
    }
  }

  #openBudgets(task: LiveTask, agent: AgentRevision): void {
    const { budgets } = this.#services;
    const { parentTaskId, budgetParent } = task.record;
    const agentNode = `agent:${agent.id}`;
    const team = agent.team === undefined ? 'orchestrator' : `team:${agent.team}`;
    budgets.ensure(team, {}, 'orchestrator');
    budgets.ensure(agentNode, agent.definition.budget ?? {}, team);
    const above = parentTaskId === undefined ? (budgetParent ?? agentNode) : `task:${parentTaskId}`;
    budgets.open(budgetOf({ task }), task.record.budget ?? {}, above);
  }

  async #loadSession(context: RunContext): Promise<{ items: readonly ModelItem[]; version: number }> {
    const { sessionId } = context.task.record;
    if (sessionId === undefined) return { items: [], version: 0 };
    return context.step('session/load', { repeat: 'harmless' }, async () => {
      const session = await this.#sessions.load(sessionId);
      return { items: session?.items ?? [], version: session?.version ?? 0 };
    });
  }

  async #saveSession(context: RunContext, version: number): Promise<void> {
    const { sessionId } = context.task.record;
    if (sessionId === undefined) return;
    const { isWhole, items } = context.transcript.forSession();
    await context.step('session/save', { repeat: 'deduplicated-by-key' }, async ({ repeatPossible }) => {
      const options = { ifVersion: version };
      const written = await (isWhole
        ? this.#sessions.replace(sessionId, items, options)
        : this.#sessions.append(sessionId, items, options));
      if (written !== 'conflict' || (repeatPossible && (await this.#hasItems(sessionId, items)))) return null;
      throw new OrchestratorError(
        'STATE_CONFLICT',
        `Session "${sessionId}" was continued by another task meanwhile. Run the tasks of one session one after the other.`,
      );
    });
  }

  /** True where an earlier delivery wrote the items, and died before that was recorded. */
  async #hasItems(sessionId: string, items: readonly ModelItem[]): Promise<boolean> {
    const session = await this.#sessions.load(sessionId);
    return JSON.stringify(session?.items ?? []).includes(JSON.stringify(items).slice(1, -1));
  }
}

/** True where the run was stopped because its process ends: it will be taken up again. */
function isShutdown(signal: AbortSignal): boolean {
  const reason: unknown = signal.reason;
  return (
    signal.aborted &&
    OrchestratorError.isInstance(reason) &&
    (reason.code === 'ORCHESTRATOR_CLOSED' || reason.code === 'CLAIM_LOST')
  );
}

function inputItems(task: LiveTask): ModelItem[] {
  const { input } = task.record;
  return typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : [...input];
}

function timeoutError(task: LiveTask, limitMs: number): OrchestratorError {
  return new OrchestratorError(
    'TASK_TIMEOUT',
    `Task "${task.record.id}" used its running time of ${limitMs} ms. Raise limits.taskTimeoutMs, or make the task smaller.`,
  );
}

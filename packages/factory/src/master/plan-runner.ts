import { optional, type AgentId } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { classify } from '@master-orchestrator/errors';
import type { ExecutedTask, Tally } from './goal.js';
import type { PlanTask } from './plan.js';

/** Longest excerpt of one result that is handed on to another task, in characters. */
const LONGEST_RESULT = 20_000;

/** What a {@link PlanRunner} needs to run tasks of one goal. */
export interface PlanRunnerParts {
  readonly orchestrator: MasterOrchestrator;
  readonly goalId: string;
  readonly budgetParent: string;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  /** What tools and hooks of its tasks are told. */ readonly userContext: unknown;
  /** What makes the task the same one in a later start. */
  keyFor(task: PlanTask): { readonly idempotencyKey?: string };
  /** The agent for a task: an existing one, or one made now. */
  agentFor(task: PlanTask): Promise<{ readonly id: AgentId; readonly name: string; readonly isMade: boolean }>;
  onChange(tasks: readonly ExecutedTask[]): void;
}

/** Runs a plan: every task as soon as those it depends on are done, all at the same time that can be. */
export class PlanRunner {
  readonly #parts: PlanRunnerParts;
  readonly #tasks = new Map<string, ExecutedTask>();

  constructor(parts: PlanRunnerParts) {
    this.#parts = parts;
  }

  /** Tasks so far, in the order in which they were planned. */
  get tasks(): readonly ExecutedTask[] {
    return [...this.#tasks.values()];
  }

  /** Ids of the tasks that are done. */
  get done(): Set<string> {
    return new Set(this.tasks.filter(({ status }) => status === 'completed').map(({ id }) => id));
  }

  /** Runs the tasks of a plan. True where all of them completed; the others run to their end also when one fails. */
  async run(plan: readonly PlanTask[]): Promise<boolean> {
    for (const task of plan) this.#tasks.set(task.id, { ...task, status: 'waiting' });
    this.#tell();
    const running = new Map<string, Promise<string>>();
    for (;;) {
      this.#parts.signal.throwIfAborted();
      for (const task of plan)
        if (this.#isReady(task, running))
          running.set(
            task.id,
            this.#runOne(task).then(() => task.id),
          );
      if (running.size === 0) break;
      running.delete(await Promise.race(running.values()));
    }
    for (const task of plan)
      if (this.#tasks.get(task.id)?.status === 'waiting') this.#change(task.id, { status: 'skipped' });
    return plan.every(({ id }) => this.#tasks.get(id)?.status === 'completed');
  }

  #isReady(task: PlanTask, running: ReadonlyMap<string, unknown>): boolean {
    if (running.has(task.id) || this.#tasks.get(task.id)?.status !== 'waiting') return false;
    return task.dependsOn.every((id) => this.#tasks.get(id)?.status === 'completed');
  }

  /** Never rejects but for a cancel: a failure is a state of the task. */
  async #runOne(task: PlanTask): Promise<void> {
    const { orchestrator, goalId, budgetParent, tally, signal, userContext } = this.#parts;
    this.#change(task.id, { status: 'running' });
    let taskId: string | undefined;
    const cancel = (): void => {
      if (taskId !== undefined) void orchestrator.cancelTask(taskId, 'the goal was cancelled').catch(() => undefined);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const agent = await this.#parts.agentFor(task);
      const options = {
        description: this.#describe(task),
        agentId: agent.id,
        budgetParent,
        userContext,
        labels: { goal: goalId, planTask: task.id },
        ...this.#parts.keyFor(task),
      };
      taskId = await orchestrator.createTask(options);
      this.#change(task.id, { agentId: agent.id, agentName: agent.name, taskId, isMadeForGoal: agent.isMade });
      signal.throwIfAborted();
      const result = await orchestrator.executeTask(taskId);
      const { startedAt, endedAt } = await orchestrator.getTask(taskId);
      this.#change(task.id, {
        status: 'completed',
        text: result.text,
        usage: result.usage,
        ...optional({
          costUsd: result.costUsd,
          durationMs: endedAt === undefined || startedAt === undefined ? undefined : endedAt - startedAt,
        }),
      });
    } catch (cause) {
      signal.throwIfAborted();
      this.#change(task.id, { status: 'failed', error: classify(cause).toJSON() });
    } finally {
      signal.removeEventListener('abort', cancel);
      if (taskId !== undefined) {
        const { usage, costUsd } = await orchestrator.getTask(taskId);
        tally.add(usage, costUsd);
      }
    }
  }

  /** The task's own words, with the results it builds on. */
  #describe(task: PlanTask): string {
    const results = task.dependsOn.map((id) => {
      const before = this.#tasks.get(id);
      return `## Result of task ${id} (${before?.agentName ?? 'an agent'})\n${(before?.text ?? '').slice(0, LONGEST_RESULT)}`;
    });
    return results.length === 0
      ? task.description
      : `${task.description}\n\n# Results of the tasks before this one\n${results.join('\n\n')}`;
  }

  #change(id: string, change: Partial<ExecutedTask>): void {
    this.#tasks.set(id, { ...(this.#tasks.get(id) as ExecutedTask), ...change });
    this.#tell();
  }

  #tell(): void {
    this.#parts.onChange(this.tasks);
  }
}

import {
  optional,
  type ApprovalAnswer,
  type ApprovalRecord,
  type CreateId,
  type DeadLetterRecord,
  type EscalationAnswer,
  type EscalationRecord,
  type EventData,
  type TaskEngine,
  type TaskSpec,
  type Writable,
} from '@master-orchestrator/contracts';
import { OrchestratorError, type Clock, type Json, type SecretMask } from '@master-orchestrator/errors';
import { readUserContext } from '@master-orchestrator/tools';
import type { AgentBook, AgentRevision } from '../agents/agent-book.js';
import { checkBudget } from '../agents/agent-book.js';
import { stepUnknown } from '../engine/engine-errors.js';
import type { EventBus } from '../events/event-bus.js';
import { AGENT_TASK, AGENT_TASK_REVISION } from '../run/agent-runner.js';
import type { RecoveryPlans } from '../run/recovery-plans.js';
import { userContextFor } from '../run/user-context.js';
import type { Children } from '../run/run-context.js';
import type { LiveTask, TaskBook, TaskDependency } from './task-book.js';
import { checkTaskOptions, idForKey, recordOfTask, type CreateTaskOptions } from './task-options.js';
import { isFinalStatus, nextStatus } from './task-states.js';
import type { WorkDesks } from './work-desks.js';

/** Collaborators of a {@link Scheduler}. */
export interface SchedulerParts {
  readonly tasks: TaskBook;
  readonly agents: AgentBook;
  readonly engine: TaskEngine;
  readonly desks: WorkDesks;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly plans: RecoveryPlans;
  readonly createId: CreateId;
  /** Finds secrets in what would be stored. */ readonly mask: SecretMask;
  /** Begins to take tasks from the engine, once. */ begin(): Promise<void>;
  /** Hands a task to the engine as soon as there is room. */ admit(spec: TaskSpec): Promise<void>;
}

/** Turns what users ask of tasks into what the engine is told. */
export class Scheduler implements Children {
  readonly #parts: SchedulerParts;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  /** @throws OrchestratorError TASK_INVALID, AGENT_UNKNOWN, TASK_UNKNOWN, USER_CONTEXT_INVALID */
  async createTask(options: CreateTaskOptions): Promise<LiveTask> {
    checkTaskOptions(options);
    if (options.budget !== undefined)
      checkBudget(options.budget, 'TASK_INVALID', 'The budget of this task is not valid');
    this.#parts.plans.check(options.recovery, 'TASK_INVALID', 'This task is not valid');
    const agent = this.#agentFor(options);
    const userContext = this.#userContextOf(options, agent);
    for (const dependency of options.dependsOn ?? []) {
      await this.#parts.tasks.get(typeof dependency === 'string' ? dependency : dependency.task);
    }
    const { idempotencyKey } = options;
    if (idempotencyKey !== undefined) {
      const known = await this.#known(idForKey(idempotencyKey));
      if (known !== undefined) return known;
    }
    const id = idempotencyKey === undefined ? this.#parts.createId('task') : idForKey(idempotencyKey);
    const record = recordOfTask({ ...options, userContext }, agent, { id }, this.#parts.clock.now());
    return this.#parts.tasks.add(record, options.outputSchema);
  }

  /** Creates the task of a schedule's tick under its id and queues it; a second time nothing happens. */
  async fire(id: string, options: CreateTaskOptions): Promise<void> {
    const known = await this.#known(id);
    if (known !== undefined) return this.enqueue(known);
    checkTaskOptions(options);
    const agent = this.#agentFor(options);
    const userContext = this.#userContextOf(options, agent);
    const record = recordOfTask({ ...options, userContext }, agent, { id }, this.#parts.clock.now());
    await this.enqueue(await this.#parts.tasks.add(record));
  }

  /**
   * The user context of a task of a later time: checked as far as it can be now. Its agent may come only then.
   *
   * @throws OrchestratorError USER_CONTEXT_INVALID
   */
  readUserContext(options: CreateTaskOptions): Json | undefined {
    const { agents, mask } = this.#parts;
    const { agentId, userContext } = options;
    if (agentId !== undefined && agents.has(agentId)) this.#userContextOf(options, agents.get(agentId));
    return readUserContext(userContext, mask);
  }

  /** Hands a pending task to the engine, once. */
  async enqueue(task: LiveTask): Promise<void> {
    await this.#parts.begin();
    if (task.status !== 'pending') return;
    for (const { task: id } of task.record.dependsOn) {
      const other = await this.#parts.tasks.get(id);
      if (other.status === 'pending') await this.enqueue(other);
    }
    if (task.status !== 'pending') return;
    task.status = nextStatus(task.status, 'enqueue', task.record.id);
    const spec = this.#specOf(task);
    task.deadline = spec.deadline;
    await this.#queue(task, () => this.#parts.admit(spec));
  }

  /**
   * Removes a task that was never queued; nothing is left of it.
   *
   * @returns false where it was queued, or has ended: `cancel` is for those
   */
  async discard(task: LiveTask): Promise<boolean> {
    if (task.status !== 'pending') return false;
    await this.#parts.tasks.forget(task);
    return true;
  }

  /** Returns false where the task had ended already. */
  async cancel(task: LiveTask, reason: string): Promise<boolean> {
    if (isFinalStatus(task.status)) return false;
    if (task.status === 'pending' && !(await this.#tellUndue(task))) {
      await this.#parts.tasks.endPending(task, reason);
      return true;
    }
    const outcome = await this.#parts.engine.cancel(task.record.id, reason);
    if (outcome === 'accepted') await this.#parts.tasks.settled(task).catch(() => undefined);
    return outcome === 'accepted';
  }

  /** A new task from one that ended without completing. @throws OrchestratorError STATE_CONFLICT */
  async retry(task: LiveTask): Promise<LiveTask> {
    const { record, status } = task;
    if (!isFinalStatus(status) || status === 'completed') {
      throw new OrchestratorError(
        'STATE_CONFLICT',
        `Task "${record.id}" is ${status}: only a failed, cancelled or skipped task can be retried.`,
      );
    }
    const agent = this.#parts.agents.get(record.agentId);
    const { idempotencyKey: _key, ...rest } = record;
    const again = await this.#parts.tasks.add(
      {
        ...rest,
        id: this.#parts.createId('task'),
        agentRevision: agent.revision,
        createdAt: this.#parts.clock.now(),
        retryOf: record.id,
      },
      task.outputSchema,
    );
    await this.enqueue(again);
    return again;
  }

  /**
   * A new task that begins with the journal of another one up to a step; what comes after runs anew.
   *
   * @throws OrchestratorError TASK_UNKNOWN, NOT_FOUND (no such step)
   */
  async fork(task: LiveTask, fromStep: string): Promise<LiveTask> {
    await this.#parts.begin();
    // Asked before anything is stored: a task whose steps cannot be taken over would wait for ever.
    const steps = await this.#parts.engine.journal(task.record.id);
    if (!steps.some(({ key }) => key === fromStep)) throw stepUnknown(task.record.id, fromStep);
    const { idempotencyKey: _key, ...rest } = task.record;
    const id = this.#parts.createId('task');
    const forked = await this.#parts.tasks.add(
      { ...rest, id, createdAt: this.#parts.clock.now(), retryOf: task.record.id },
      task.outputSchema,
    );
    forked.status = nextStatus(forked.status, 'enqueue', id);
    await this.#queue(forked, () => this.#parts.engine.fork(task.record.id, fromStep, id));
    return forked;
  }

  /** Runs a dead letter's task again. @throws OrchestratorError NOT_FOUND, STATE_CONFLICT */
  async replay(deadLetterId: string): Promise<LiveTask> {
    const { deadLetters } = this.#parts.desks;
    // Taken first, so that of two who replay it at the same time one makes a task.
    const letter = await deadLetters.change(deadLetterId, (item) => ({ ...openLetter(item), status: 'replayed' }));
    let again: LiveTask;
    try {
      again = await this.retry(await this.#parts.tasks.get(letter.taskId));
    } catch (error) {
      await deadLetters.change(deadLetterId, (item) => ({ ...item, status: 'open' }));
      throw error;
    }
    await deadLetters.change(deadLetterId, (item) => ({ ...item, replayedAs: again.record.id }));
    this.#parts.bus.announce(
      'deadletter-replay',
      { deadLetterId, newTaskId: again.record.id },
      { taskId: letter.taskId },
    );
    return again;
  }

  /** Puts a dead letter away. @throws OrchestratorError NOT_FOUND, STATE_CONFLICT */
  async drop(deadLetterId: string): Promise<void> {
    await this.#parts.desks.deadLetters.change(deadLetterId, (item) => ({ ...openLetter(item), status: 'dropped' }));
  }

  /** @throws OrchestratorError NOT_FOUND, STATE_CONFLICT */
  async answerApproval(id: string, answer: ApprovalAnswer): Promise<ApprovalRecord> {
    const at = this.#parts.clock.now();
    const answered = await this.#parts.desks.approvals.change(id, (item) => {
      if (item.status !== 'open') throw answeredAlready('Approval', id, item.status);
      if (item.expiresAt !== undefined && item.expiresAt <= at) throw expired(id, item.expiresAt);
      return { ...item, status: answer.decision === 'deny' ? 'denied' : 'approved', answer: { ...answer, at } };
    });
    const message = { ...answer, argumentsHash: answered.argumentsHash } as unknown as Json;
    await this.#parts.engine.signal(answered.taskId, `approval:${id}`, message, id);
    return answered;
  }

  /** @throws OrchestratorError NOT_FOUND, STATE_CONFLICT */
  async answerEscalation(id: string, answer: EscalationAnswer): Promise<EscalationRecord> {
    const at = this.#parts.clock.now();
    const answered = await this.#parts.desks.escalations.change(id, (item) => {
      if (item.status !== 'open') throw answeredAlready('Escalation', id, item.status);
      return { ...item, status: 'answered', answer: { ...answer, at } };
    });
    const view = await this.#parts.engine.get(answered.taskId);
    if (view?.phase !== 'paused') {
      await this.#parts.engine.signal(answered.taskId, `escalation:${id}`, answer as unknown as Json, id);
    } else if (answer.action === 'fail') {
      await this.#parts.engine.cancel(
        answered.taskId,
        `${answer.by} decided to end it: ${answer.note ?? answered.error.code}`,
      );
    } else {
      await this.#parts.engine.resume(answered.taskId);
    }
    return answered;
  }

  /** {@inheritDoc Children.prepare} */
  async prepare(parent: LiveTask, id: string, agent: AgentRevision, description: string): Promise<TaskSpec> {
    const known = await this.#known(id);
    const { record } = parent;
    const { userContext } = record;
    userContextFor(agent, userContext);
    const task =
      known ??
      (await this.#parts.tasks.add(
        recordOfTask(
          { description, priority: record.priority, ...optional({ isStreamed: record.isStreamed, userContext }) },
          agent,
          { id, parentTaskId: record.id, ancestors: [...record.ancestors, record.agentId] },
          this.#parts.clock.now(),
        ),
      ));
    task.events.tapInto(parent.events);
    if (task.status === 'pending') {
      task.status = nextStatus(task.status, 'enqueue', id);
      task.events.emit('task-queue', queuedData(task));
    }
    const spec = this.#specOf(task, parent);
    task.deadline = spec.deadline;
    return spec;
  }

  /** {@inheritDoc Children.cancelChild} */
  async cancelChild(id: string, reason: string): Promise<void> {
    await this.#parts.engine.cancel(id, reason);
  }

  /** {@inheritDoc Children.spendingOf} */
  spendingOf(id: string): LiveTask['spending'] | undefined {
    return this.#parts.tasks.peek(id)?.spending;
  }

  /**
   * Makes a pending task known to the engine, to be cancelled there: other processes and later starts have it as pending
   * too. Returns false where the engine is of this process alone, or full.
   */
  async #tellUndue(task: LiveTask): Promise<boolean> {
    const { engine, clock } = this.#parts;
    if (!engine.caps.durable) return false;
    const { deadline: _none, ...spec } = this.#specOf(task);
    try {
      await engine.submit([{ ...spec, after: [], notBefore: clock.now() + NEVER_MS }]);
      return true;
    } catch (error) {
      if (OrchestratorError.isInstance(error) && error.code === 'QUEUE_FULL') return false;
      throw error;
    }
  }

  /** Hands a task over. `task-queue` is told once the engine has it, and before whatever its run tells. */
  async #queue(task: LiveTask, submit: () => Promise<unknown>): Promise<void> {
    task.events.hold('task-queue', queuedData(task));
    try {
      await submit();
    } catch (error) {
      task.events.drop();
      task.status = 'pending';
      throw error;
    }
    task.events.flush();
  }

  #specOf({ record }: LiveTask, parent?: LiveTask): TaskSpec {
    const now = this.#parts.clock.now();
    const deadline = record.deadlineMs === undefined ? undefined : now + record.deadlineMs;
    const parentDeadline = parent?.deadline;
    const earliest = deadline === undefined ? parentDeadline : Math.min(deadline, parentDeadline ?? Infinity);
    const spec: Writable<TaskSpec> = {
      id: record.id,
      kind: AGENT_TASK,
      revision: AGENT_TASK_REVISION,
      input: { agentId: record.agentId, agentRevision: record.agentRevision },
      lane: record.agentId,
      priority: record.priority,
      after: edgesOf(record.dependsOn),
      labels: record.labels,
    };
    if (record.notBefore !== undefined) spec.notBefore = record.notBefore;
    if (earliest !== undefined) spec.deadline = earliest;
    if (record.parentTaskId !== undefined) spec.parent = record.parentTaskId;
    return spec;
  }

  async #known(id: string): Promise<LiveTask | undefined> {
    try {
      return await this.#parts.tasks.get(id);
    } catch (error) {
      if (OrchestratorError.isInstance(error) && error.code === 'TASK_UNKNOWN') return undefined;
      throw error;
    }
  }

  /**
   * The user context as it is stored: plain, with the defaults of the agent's schema, and accepted by that schema again,
   * as a later process will ask it.
   */
  #userContextOf({ userContext }: CreateTaskOptions, agent: AgentRevision): Json | undefined {
    const given = readUserContext(userContext, this.#parts.mask);
    if (agent.definition.userContextSchema === undefined) return given;
    const read = readUserContext(userContextFor(agent, given), this.#parts.mask);
    userContextFor(agent, read);
    return read;
  }

  #agentFor({ agentId, team }: CreateTaskOptions): AgentRevision {
    if (agentId !== undefined) return this.#parts.agents.get(agentId);
    if (team !== undefined) return this.#parts.agents.leadOf(team);
    const [only, ...others] = this.#parts.agents.list();
    if (only !== undefined && others.length === 0) return only;
    throw new OrchestratorError('TASK_INVALID', 'Say who does this task: give agentId (from createAgent()) or team.');
  }
}

function edgesOf(dependencies: readonly TaskDependency[]): { task: string; when: 'completed' | 'settled' }[] {
  const edges: ReturnType<typeof edgesOf> = [];
  for (const { task, onFailure } of dependencies)
    edges.push({ task, when: onFailure === 'skip' ? 'completed' : 'settled' });
  return edges;
}

function queuedData({ record }: LiveTask): EventData['task-queue'] {
  return {
    priority: record.priority,
    agentName: record.agentName,
    ...optional({ notBefore: record.notBefore }),
  };
}

/** A hundred years: nobody takes the task before it is cancelled. */
const NEVER_MS = 100 * 365 * 86_400_000;

function expired(id: string, at: number): OrchestratorError {
  const when = new Date(at).toISOString();
  return new OrchestratorError(
    'STATE_CONFLICT',
    `Approval "${id}" expired at ${when}: the default answer holds. Run the task again, or raise tools.approvals.expiryMs.`,
  );
}

/** @throws OrchestratorError STATE_CONFLICT where it was replayed or dropped already */
function openLetter(letter: DeadLetterRecord): DeadLetterRecord {
  if (letter.status === 'open') return letter;
  throw new OrchestratorError('STATE_CONFLICT', `Dead letter "${letter.id}" was ${letter.status} already.`);
}

function answeredAlready(what: string, id: string, status: string): OrchestratorError {
  return new OrchestratorError('STATE_CONFLICT', `${what} "${id}" was ${status} already: the first answer counts.`);
}

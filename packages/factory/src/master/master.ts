import { optional, type AgentId, type AgentView, type ModelUsage } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { CancelledError, OrchestratorError } from '@master-orchestrator/errors';
import type { AgentFactory, TemplateView } from '../agent-factory.js';
import { Tally, type AchieveOptions, type GoalResult } from './goal.js';
import { planSchema, problemsOfPlan, readParametersText, type Plan, type PlanBounds, type PlanTask } from './plan.js';
import { PlanRecord } from './plan-record.js';
import { PlanRunner } from './plan-runner.js';
import {
  answerRequest,
  ANSWER_INSTRUCTIONS,
  correctionRequest,
  PLANNER_INSTRUCTIONS,
  planningRequest,
  replanRequest,
} from './prompts.js';

/** Options of `createMaster`. */
export interface MasterOptions {
  /** Agents it may give work to: a team, or ids. @default none */
  readonly team?: { readonly members: Readonly<Record<string, string>> } | readonly string[];
  /** Names of templates it may make agents from. @default all */ readonly templates?: readonly string[];
  /** Model of the master itself. @default the configured one */ readonly model?: string | readonly string[];
  /** Tasks of one plan. @default 20 */ readonly maxTasks?: number;
  /** Agents made from templates for one goal. @default 8 */ readonly maxNewAgents?: number;
  /** Plans refused in a row before a goal fails. @default 3 */ readonly maxCorrections?: number;
  /** New plans after failed tasks. @default 2 */ readonly maxReplans?: number;
  /** Keep the agents made for a goal after it. @default false */ readonly keepsAgents?: boolean;
  /** Begins the ids of its own agents; fix it where goals shall go on after a restart. @default new ids */
  readonly id?: string;
}

/** Splits goals into tasks, delegates them, and answers from the results. */
export interface Master {
  /** Id of the agent that plans. */ readonly id: AgentId;
  /**
   * Achieves a goal.
   *
   * @throws OrchestratorError PLAN_INVALID where no usable plan came; PLAN_REFUSED; USER_CONTEXT_INVALID; CANCELLED; BUDGET_LIMIT; and what
   * planning or answering fail with. A failed task does not throw: it is replanned or told in the answer.
   */
  achieve(goal: string, options?: AchieveOptions): Promise<GoalResult>;
}

interface Goal {
  readonly id: string;
  readonly options: AchieveOptions;
  readonly text: string;
  readonly tally: Tally;
  readonly created: { readonly id: AgentId; readonly template: string }[];
  readonly signal: AbortSignal;
  readonly budgetParent: string;
  readonly record: PlanRecord;
  /** Questions asked so far; numbers their tasks. */ questions: number;
}

/** Makes a master over an orchestrator. */
export async function createMaster(
  orchestrator: MasterOrchestrator,
  factory: AgentFactory,
  options: MasterOptions,
): Promise<Master> {
  const head = optional({ model: options.model });
  const planner = await orchestrator.createAgent(
    {
      ...head,
      name: 'master-planner',
      description: 'Splits goals into tasks for other agents.',
      instructions: PLANNER_INSTRUCTIONS,
      outputSchema: planSchema,
      limits: { turns: 4 },
    },
    idOf(options, 'planner'),
  );
  const writer = await orchestrator.createAgent(
    {
      ...head,
      name: 'master-writer',
      description: 'Writes the answer to a goal from the results of its tasks.',
      instructions: ANSWER_INSTRUCTIONS,
      limits: { turns: 4 },
    },
    idOf(options, 'writer'),
  );
  return new PlanningMaster(orchestrator, factory, options, planner, writer);
}

function idOf({ id }: MasterOptions, part: string): { readonly id?: string } {
  return id === undefined ? {} : { id: `${id}-${part}` };
}

class PlanningMaster implements Master {
  readonly id: AgentId;
  readonly #orchestrator: MasterOrchestrator;
  readonly #factory: AgentFactory;
  readonly #options: MasterOptions;
  readonly #planner: AgentId<Plan>;
  readonly #writer: AgentId;
  #goals = 0;

  constructor(
    orchestrator: MasterOrchestrator,
    factory: AgentFactory,
    options: MasterOptions,
    planner: AgentId<Plan>,
    writer: AgentId,
  ) {
    this.id = planner;
    this.#orchestrator = orchestrator;
    this.#factory = factory;
    this.#options = options;
    this.#planner = planner;
    this.#writer = writer;
  }

  async achieve(text: string, options: AchieveOptions = {}): Promise<GoalResult> {
    if (typeof text !== 'string' || text.trim() === '')
      throw new OrchestratorError('TASK_INVALID', 'Say in words what the goal is.');
    if (options.goalId !== undefined && !/^[\w.:-]{1,128}$/.test(options.goalId)) {
      const problem = 'goalId must be 1 to 128 letters, digits, "_", ".", ":" or "-".';
      throw new OrchestratorError('TASK_INVALID', `The goal cannot be named like that: ${problem}`);
    }
    const goal = await this.#open(text, options);
    const { signal } = goal;
    let isInterrupted = false;
    this.#orchestrator.budgets.open(goal.budgetParent, options.budget ?? {}, 'orchestrator');
    try {
      return await this.#pursue(goal);
    } catch (error) {
      if (signal.aborted) throw CancelledError.fromSignal(signal, error);
      isInterrupted = OrchestratorError.isInstance(error) && error.code === 'ORCHESTRATOR_CLOSED';
      throw error;
    } finally {
      // What an interrupted goal has spent counts when it goes on.
      this.#orchestrator.budgets.close(goal.budgetParent, { forget: !isInterrupted });
      if (this.#options.keepsAgents !== true)
        for (const agent of goal.created) await this.#orchestrator.deleteAgent(agent.id);
    }
  }

  async #open(text: string, options: AchieveOptions): Promise<Goal> {
    this.#goals += 1;
    const id = options.goalId ?? `${this.#planner.replace(/^agent_/, 'goal_')}-${this.#goals}`;
    const record = new PlanRecord(this.#orchestrator.engine.state, id, text);
    await record.open();
    return {
      id,
      text,
      options,
      tally: new Tally(),
      created: [],
      signal: options.signal ?? new AbortController().signal,
      budgetParent: `goal:${id}`,
      record,
      questions: 0,
    };
  }

  async #pursue(goal: Goal): Promise<GoalResult> {
    const { agents, templates } = await this.#resources();
    const request = planningRequest(goal.text, agents, templates);
    const runner = new PlanRunner({
      orchestrator: this.#orchestrator,
      goalId: goal.id,
      budgetParent: goal.budgetParent,
      tally: goal.tally,
      signal: goal.signal,
      userContext: goal.options.userContext,
      keyFor: (task) => keyOf(goal, `plan-${goal.record.planNumber}:${task.id}`),
      agentFor: (task) => this.#agentFor(task, agents, goal),
      onChange: (tasks) => {
        goal.record.write(tasks, 'running');
        goal.options.onProgress?.(tasks);
      },
    });
    const maxReplans = this.#options.maxReplans ?? 2;
    let replans = 0;
    let isDone = await runner.run(await this.#plan(goal, request, agents, runner));
    while (!isDone && replans < maxReplans) {
      replans += 1;
      goal.record.write(runner.tasks, 'replanning');
      const next = await this.#plan(goal, replanRequest(request, runner.tasks), agents, runner).catch(giveUpPlanning);
      if (next === undefined) break;
      isDone = await runner.run(next);
    }
    const answer = await this.#ask(goal, this.#writer, answerRequest(goal.text, runner.tasks));
    await goal.record.finish(runner.tasks, isDone ? 'completed' : 'partial');
    const { usage, costUsd } = goal.tally;
    return {
      goalId: goal.id,
      goal: goal.text,
      status: isDone ? 'completed' : 'partial',
      text: answer.text,
      tasks: runner.tasks,
      replans,
      usage,
      createdAgents: [...goal.created],
      ...optional({ costUsd }),
    };
  }

  /** A plan that can be carried out: the planner is told what is wrong until it is right or the tries are used up. */
  async #plan(
    goal: Goal,
    request: string,
    agents: readonly AgentView[],
    runner: PlanRunner,
  ): Promise<readonly PlanTask[]> {
    const bounds = this.#bounds(goal, agents, runner);
    const tries = this.#options.maxCorrections ?? 3;
    let problems: string[] = [];
    for (let attempt = 0; attempt <= tries; attempt += 1) {
      const question = attempt === 0 ? request : correctionRequest(request, problems);
      const { output } = await this.#ask<Plan>(goal, this.#planner, question);
      problems = problemsOfPlan(output, bounds);
      if (problems.length > 0) continue;
      if (!(await this.#isApproved(goal, output.tasks))) {
        throw new OrchestratorError(
          'PLAN_REFUSED',
          `The plan of ${output.tasks.length} tasks was refused before it ran. Change the goal, or approve it.`,
          { category: 'PERMISSION_ERROR' },
        );
      }
      return output.tasks;
    }
    throw new OrchestratorError(
      'PLAN_INVALID',
      `No usable plan came after ${tries + 1} tries: ${problems.slice(0, 5).join(' ')} State the goal more clearly, or give the master a stronger model.`,
      {
        category: 'VALIDATION_ERROR',
      },
    );
  }

  /** Asks once for each plan: what was approved before a restart is not put before anybody again. */
  async #isApproved(goal: Goal, tasks: readonly PlanTask[]): Promise<boolean> {
    const { record, options } = goal;
    if (!record.isNextApproved && (await options.approvePlan?.(tasks)) === false) return false;
    await record.approve();
    return true;
  }

  async #ask<Output = string>(
    goal: Goal,
    agentId: AgentId<Output>,
    description: string,
  ): Promise<{ text: string; output: Output; usage: ModelUsage }> {
    goal.signal.throwIfAborted();
    const taskId = await this.#orchestrator.createTask<Output>({
      description,
      agentId,
      budgetParent: goal.budgetParent,
      userContext: goal.options.userContext, // so that one that cannot be stored is refused before anything is asked
      labels: { goal: goal.id },
      ...keyOf(goal, `question-${(goal.questions += 1)}`),
    });
    const cancel = (): void =>
      void this.#orchestrator.cancelTask(taskId, 'the goal was cancelled').catch(() => undefined);
    goal.signal.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#orchestrator.executeTask<Output>(taskId);
    } finally {
      goal.signal.removeEventListener('abort', cancel);
      const { usage, costUsd } = await this.#orchestrator.getTask(taskId);
      goal.tally.add(usage, costUsd);
    }
  }

  #bounds(goal: Goal, agents: readonly AgentView[], runner: PlanRunner): PlanBounds {
    const allowed = this.#options.templates;
    return {
      agents: new Set(agents.flatMap(({ id, name }) => [id, name])),
      checkTemplate: (template, parameters) => {
        if (allowed !== undefined && !allowed.includes(template))
          return `template "${template}" may not be used. Allowed: ${allowed.join(', ') || 'none'}.`;
        return this.#factory.problemOfTemplate(template, parameters);
      },
      maxTasks: this.#options.maxTasks ?? 20,
      maxNewAgents: (this.#options.maxNewAgents ?? 8) - goal.created.length,
      done: runner.done,
    };
  }

  async #resources(): Promise<{ agents: AgentView[]; templates: TemplateView[] }> {
    const { team, templates } = this.#options;
    const ids = team === undefined ? [] : 'members' in team ? Object.values(team.members) : team;
    const agents = await Promise.all(ids.map((id) => this.#orchestrator.getAgent(id)));
    const offered = this.#factory
      .listTemplates()
      .filter(({ kind, name }) => kind === 'agent' && (templates?.includes(name) ?? true));
    return { agents, templates: offered };
  }

  async #agentFor(
    task: PlanTask,
    agents: readonly AgentView[],
    goal: Goal,
  ): Promise<{ id: AgentId; name: string; isMade: boolean }> {
    if (task.agent !== null) {
      const found = agents.find(({ id }) => id === task.agent) ?? agents.find(({ name }) => name === task.agent);
      if (found !== undefined) return { id: found.id, name: found.name, isMade: false };
    }
    const template = task.template as string;
    const id = await this.#factory.createAgent(
      template,
      readParametersText(task.parameters) ?? {},
      goal.options.goalId === undefined ? {} : { id: `${goal.id}-${goal.record.planNumber}-${task.id}` },
    );
    goal.created.push({ id, template });
    return { id, name: (await this.#orchestrator.getAgent(id)).name, isMade: true };
  }
}

/** Makes a task the same one whenever the goal is taken up again. */
function keyOf({ id, options }: Goal, part: string): { readonly idempotencyKey?: string } {
  return options.goalId === undefined ? {} : { idempotencyKey: `goal:${id}:${part}` };
}

/** No usable plan for the rest: what is done is answered, what is not is told. */
function giveUpPlanning(error: unknown): undefined {
  if (OrchestratorError.isInstance(error) && error.code === 'PLAN_INVALID') return undefined;
  throw error;
}

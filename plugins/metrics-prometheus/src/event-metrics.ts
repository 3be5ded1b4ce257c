import type { EventOf, OrchestratorEvent } from '@master-orchestrator/contracts';
import type { Registry } from 'prom-client';
import { AgentNames } from './agent-names.js';
import { BreakerGauge } from './breaker-gauge.js';
import { BudgetMetrics } from './budget-metrics.js';
import { createInstruments, type Instruments } from './instruments.js';
import { LabelValues, UNKNOWN } from './label-values.js';
import type { CheckedOptions } from './options.js';
import { TaskStates } from './task-states.js';

/** Events after which a parked task is still parked. */
const STAYS_PARKED = new Set<OrchestratorEvent['type']>([
  'task-queue',
  'task-park',
  'task-end',
  'approval-request',
  'approval-answer',
  'escalation-request',
  'escalation-answer',
  'agent-update',
]);

/** Events of a run at work: a task that another process began, and this one goes on with, shows by them. */
const AT_WORK = new Set<OrchestratorEvent['type']>(['turn-start', 'model-call-start', 'tool-call-start']);

/** Turns events into metrics. It reads and does nothing else. */
export class EventMetrics {
  readonly #tasks = new TaskStates();
  readonly #agents: AgentNames;
  readonly #models: LabelValues;
  readonly #tools: LabelValues;
  readonly #codes: LabelValues;
  readonly #breakers: BreakerGauge;
  readonly #budgets: BudgetMetrics;
  readonly #on: Instruments;

  constructor(registry: Registry, options: CheckedOptions) {
    const { prefix, maxLabelValues } = options;
    this.#agents = new AgentNames(maxLabelValues);
    this.#models = new LabelValues(maxLabelValues);
    this.#tools = new LabelValues(maxLabelValues);
    this.#codes = new LabelValues(maxLabelValues);
    this.#breakers = new BreakerGauge(registry, prefix, maxLabelValues);
    this.#budgets = new BudgetMetrics(registry, prefix, maxLabelValues, this.#agents);
    this.#on = createInstruments(registry, options, { tasks: this.#tasks, agents: this.#agents });
  }

  /** Takes an event in. */
  readonly handle = (event: OrchestratorEvent): void => {
    if (event.taskId !== undefined && !STAYS_PARKED.has(event.type))
      this.#tasks.touch(event.taskId, AT_WORK.has(event.type));
    switch (event.type) {
      case 'agent-create':
      case 'agent-update':
      case 'agent-delete':
        return this.#agents.take(event);
      case 'task-queue':
      case 'task-start':
      case 'task-park':
      case 'run-start':
      case 'task-end':
        return this.#task(event);
      case 'model-call-end':
        return this.#modelCall(event);
      case 'tool-call-end':
        return this.#toolCall(event);
      case 'error-raise': {
        const { category, code } = event.data.error;
        return this.#on.errors.inc({ category, code: this.#codes.of(code) });
      }
      case 'recovery-decide':
        return this.#on.recoveries.inc({ category: event.data.category, action: event.data.action });
      case 'breaker-change':
        this.#on.breakerChanges.inc({ to: event.data.to });
        return this.#breakers.set(event.data.key, event.data.to);
      case 'budget-settle':
      case 'budget-warn':
      case 'budget-refuse':
        return this.#budgets.take(event);
      case 'handoff-start':
        return this.#on.handoffs.inc({ kind: event.data.mode });
      case 'approval-request':
        return this.#on.approvals.inc();
      case 'escalation-request':
        return this.#on.escalations.inc({ to: event.data.to });
      case 'listener-fail':
        return this.#on.listenerFailures.inc();
      default:
        return undefined;
    }
  };

  #task(event: EventOf<'task-queue' | 'task-start' | 'task-park' | 'run-start' | 'task-end'>): void {
    const { taskId = '', agentId, at } = event;
    switch (event.type) {
      case 'task-queue':
        return this.#tasks.queue(taskId, event.data.agentName, at);
      case 'task-start': {
        const waitedMs = this.#tasks.run(taskId, at);
        if (waitedMs !== undefined) this.#on.queueWait.observe(waitedMs / 1_000);
        return undefined;
      }
      case 'task-park':
        return this.#tasks.park(taskId);
      case 'run-start':
        return this.#agents.learn(agentId, event.data.agentName);
      case 'task-end': {
        if (this.#isOwn(event)) this.#ended(event);
        return this.#tasks.end(taskId);
      }
    }
  }

  /**
   * Every process that knows a task tells of its end. It counts where it was at work, and where it was queued if nobody
   * ever began it, so that the sum over processes is right.
   */
  #isOwn({ taskId = '', data }: EventOf<'task-end'>): boolean {
    return this.#tasks.hasBegun(taskId) || (data.delivery ?? 0) === 0;
  }

  #ended({ taskId = '', agentId, data }: EventOf<'task-end'>): void {
    const agent = this.#agents.label(agentId, this.#tasks.agentOf(taskId));
    this.#on.taskDuration.observe({ agent, status: data.status }, data.durationMs / 1_000);
    if (data.deadLetterId !== undefined) this.#on.deadLetters.inc();
  }

  #modelCall({ data, agentId }: EventOf<'model-call-end'>): void {
    const model = this.#models.of(data.model);
    this.#on.modelDuration.observe({ model, outcome: data.outcome }, data.durationMs / 1_000);
    const { usage, costUsd } = data;
    if (usage === undefined) return;
    const agent = this.#agents.label(agentId);
    const count = (kind: string, tokens: number): void => {
      if (tokens > 0) this.#on.tokens.inc({ agent, model, kind }, tokens);
    };
    count('input', usage.inputTokens);
    count('output', usage.outputTokens);
    count('cached_input', usage.cachedInputTokens);
    count('reasoning_output', usage.reasoningTokens);
    if (costUsd === undefined) this.#on.unpriced.inc({ model });
    else if (costUsd > 0) this.#on.cost.inc({ agent, model }, costUsd);
  }

  #toolCall({ data }: EventOf<'tool-call-end'>): void {
    // A name that no tool has is the model's own words.
    const tool = data.error?.code === 'TOOL_UNKNOWN' ? UNKNOWN : this.#tools.of(data.tool);
    this.#on.toolDuration.observe({ tool, outcome: data.outcome }, data.durationMs / 1_000);
    if (data.isFromCache === true) this.#on.toolCacheHits.inc({ tool });
  }
}

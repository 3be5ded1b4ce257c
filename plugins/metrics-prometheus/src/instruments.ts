import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AgentNames } from './agent-names.js';
import type { CheckedOptions } from './options.js';
import { TASK_STATES, type TaskStates } from './task-states.js';

/** The metrics that events move; those of breakers and budgets stand for themselves. */
export interface Instruments {
  readonly taskDuration: Histogram<'agent' | 'status'>;
  readonly queueWait: Histogram;
  readonly modelDuration: Histogram<'model' | 'outcome'>;
  readonly tokens: Counter<'agent' | 'model' | 'kind'>;
  readonly cost: Counter<'agent' | 'model'>;
  readonly unpriced: Counter<'model'>;
  readonly toolDuration: Histogram<'tool' | 'outcome'>;
  readonly toolCacheHits: Counter<'tool'>;
  readonly errors: Counter<'category' | 'code'>;
  readonly recoveries: Counter<'category' | 'action'>;
  readonly breakerChanges: Counter<'to'>;
  readonly handoffs: Counter<'kind'>;
  readonly approvals: Counter;
  readonly escalations: Counter<'to'>;
  readonly deadLetters: Counter;
  readonly listenerFailures: Counter;
}

/** Makes the metrics, and the gauges that are read when somebody looks. */
export function createInstruments(
  registry: Registry,
  { prefix, taskBuckets, modelBuckets, toolBuckets }: CheckedOptions,
  { tasks, agents }: { readonly tasks: TaskStates; readonly agents: AgentNames },
): Instruments {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
    new Counter<Label>({ name: `${prefix}${name}_total`, help, labelNames, registers });
  const seconds = <Label extends string>(name: string, help: string, buckets: number[], ...labelNames: Label[]) =>
    new Histogram<Label>({ name: `${prefix}${name}_seconds`, help, buckets, labelNames, registers });
  addGauges(registry, prefix, tasks, agents);
  return {
    taskDuration: seconds('task_duration', 'Time from start to end of a task.', taskBuckets, 'agent', 'status'),
    queueWait: seconds('task_queue_wait', 'Time from queue to first start of a task.', taskBuckets),
    modelDuration: seconds('model_call_duration', 'One attempt of a model call.', modelBuckets, 'model', 'outcome'),
    tokens: counter(
      'model_tokens',
      'Tokens; cached_input is part of input, reasoning_output is part of output.',
      'agent',
      'model',
      'kind',
    ),
    cost: counter('model_cost_usd', 'Money spent on calls whose price is known, in US dollars.', 'agent', 'model'),
    unpriced: counter('model_unpriced_calls', 'Model calls whose price is not known.', 'model'),
    toolDuration: seconds('tool_call_duration', 'One tool call, its repeats included.', toolBuckets, 'tool', 'outcome'),
    toolCacheHits: counter('tool_cache_hits', 'Tool calls answered from the cache.', 'tool'),
    errors: counter('errors', 'Failures as they were raised, recovered or not.', 'category', 'code'),
    recoveries: counter(
      'recoveries',
      'What was decided about failures; retries are action="retry".',
      'category',
      'action',
    ),
    breakerChanges: counter('breaker_changes', 'Changes of state of circuit breakers.', 'to'),
    handoffs: counter('handoffs', 'Work given to other agents: delegate or handoff.', 'kind'),
    approvals: counter('approval_requests', 'Tool calls put before a person.'),
    escalations: counter('escalations', 'Failures put before a person or the parent agent.', 'to'),
    deadLetters: counter('dead_letters', 'Tasks that failed for good.'),
    listenerFailures: counter('listener_failures', 'Readers of the event stream that threw.'),
  };
}

function addGauges(registry: Registry, prefix: string, tasks: TaskStates, agents: AgentNames): void {
  const states = new Gauge({
    name: `${prefix}tasks`,
    help: 'Unfinished tasks that this process knows, by state.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const state of TASK_STATES) this.set({ state }, tasks.count(state));
    },
  });
  const existing = new Gauge({
    name: `${prefix}agents`,
    help: 'Agents that were created and not removed.',
    registers: [registry],
    collect() {
      this.set(agents.count);
    },
  });
  for (const state of TASK_STATES) states.set({ state }, 0);
  existing.set(0);
}

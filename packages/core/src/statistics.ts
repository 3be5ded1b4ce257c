import {
  addUsage,
  NO_USAGE,
  type ModelUsage,
  type OrchestratorEvent,
  type TaskOutcome,
} from '@master-orchestrator/contracts';

/** What one agent did. */
export interface AgentStatistics {
  readonly agentId: string;
  readonly tasks: Readonly<Record<TaskOutcome, number>>;
  /** Completed of all ended tasks, 0 to 1; absent before the first end. */ readonly successRate?: number;
  /** Mean duration of ended tasks, in milliseconds. */ readonly meanDurationMs: number;
  readonly usage: ModelUsage;
  /** US dollars of calls whose price is known. */ readonly costUsd: number;
  /** Calls by tool. */ readonly tools: Readonly<Record<string, number>>;
  /** Errors by code. */ readonly errors: Readonly<Record<string, number>>;
}

/** Counts since the start. */
export interface Statistics {
  readonly tasks: Readonly<Record<TaskOutcome | 'queued' | 'running', number>>;
  readonly modelCalls: { readonly ok: number; readonly failed: number; readonly retries: number };
  readonly toolCalls: { readonly ok: number; readonly failed: number };
  readonly usage: ModelUsage;
  /** US dollars of calls whose price is known. */ readonly costUsd: number;
  readonly agents: readonly AgentStatistics[];
}

/** Unfinished tasks that one process knows. */
export interface Workload {
  readonly queued: number;
  readonly running: number;
}

interface Counts {
  tasks: Record<TaskOutcome, number>;
  durationMs: number;
  usage: ModelUsage;
  costUsd: number;
  tools: Record<string, number>;
  errors: Record<string, number>;
}

/** A reader of the event stream that counts. */
export class StatisticsReader {
  readonly #agents = new Map<string, Counts>();
  readonly #queued = new Set<string>();
  readonly #running = new Set<string>();
  readonly #modelCalls = { ok: 0, failed: 0, retries: 0 };
  readonly #toolCalls = { ok: 0, failed: 0 };

  /** Takes an event in. */
  readonly handle = (event: OrchestratorEvent): void => {
    switch (event.type) {
      case 'task-queue':
        if (event.taskId !== undefined) this.#queued.add(event.taskId);
        return;
      case 'task-start':
        if (event.taskId === undefined) return;
        this.#queued.delete(event.taskId);
        this.#running.add(event.taskId);
        return;
      case 'task-end':
        this.#end(event);
        return;
      case 'model-call-end':
        this.#modelCall(event);
        return;
      case 'tool-call-end':
        this.#toolCalls[event.data.outcome === 'ok' ? 'ok' : 'failed'] += 1;
        count(this.#counts(event.agentId).tools, event.data.tool);
        return;
      case 'error-raise':
        count(this.#counts(event.agentId).errors, event.data.error.code);
        return;
      default:
        return;
    }
  };

  /** Tasks that wait and tasks that run. */
  get workload(): Workload {
    return { queued: this.#queued.size, running: this.#running.size };
  }

  /** The counts now. */
  read(): Statistics {
    const agents = [...this.#agents].map(([agentId, counts]) => statisticsOf(agentId, counts));
    const ended = { completed: 0, failed: 0, cancelled: 0, skipped: 0 };
    let usage = NO_USAGE;
    let costUsd = 0;
    for (const agent of agents) {
      for (const outcome of Object.keys(ended) as TaskOutcome[]) ended[outcome] += agent.tasks[outcome];
      usage = addUsage(usage, agent.usage);
      costUsd += agent.costUsd;
    }
    return {
      tasks: { ...ended, ...this.workload },
      modelCalls: { ...this.#modelCalls },
      toolCalls: { ...this.#toolCalls },
      usage,
      costUsd,
      agents,
    };
  }

  #end({ data, taskId, agentId }: Extract<OrchestratorEvent, { type: 'task-end' }>): void {
    if (taskId !== undefined) {
      this.#queued.delete(taskId);
      this.#running.delete(taskId);
    }
    const counts = this.#counts(agentId);
    counts.tasks[data.status] += 1;
    counts.durationMs += data.durationMs;
  }

  #modelCall({ data, agentId }: Extract<OrchestratorEvent, { type: 'model-call-end' }>): void {
    this.#modelCalls[data.outcome === 'ok' ? 'ok' : 'failed'] += 1;
    if (data.attempt > 1) this.#modelCalls.retries += 1;
    const counts = this.#counts(agentId);
    if (data.usage !== undefined) counts.usage = addUsage(counts.usage, data.usage);
    counts.costUsd += data.costUsd ?? 0;
  }

  #counts(agentId = 'unknown'): Counts {
    const known = this.#agents.get(agentId);
    if (known !== undefined) return known;
    const counts: Counts = {
      tasks: { completed: 0, failed: 0, cancelled: 0, skipped: 0 },
      durationMs: 0,
      usage: NO_USAGE,
      costUsd: 0,
      tools: {},
      errors: {},
    };
    this.#agents.set(agentId, counts);
    return counts;
  }
}

function statisticsOf(agentId: string, { tasks, durationMs, usage, costUsd, tools, errors }: Counts): AgentStatistics {
  const ended = tasks.completed + tasks.failed + tasks.cancelled + tasks.skipped;
  return {
    agentId,
    tasks: { ...tasks },
    ...(ended === 0 ? {} : { successRate: tasks.completed / ended }),
    meanDurationMs: ended === 0 ? 0 : durationMs / ended,
    usage,
    costUsd,
    tools: { ...tools },
    errors: { ...errors },
  };
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

import type { EventOf, OrchestratorEvent } from '@master-orchestrator/contracts';
import type { Tracer } from '@opentelemetry/api';
import type { ContentFilter } from './content-filter.js';
import { RunSpans } from './run-spans.js';
import type { SpanIds } from './span-ids.js';

/** Runs that are followed; of more, the oldest are closed. */
const MOST_RUNS = 10_000;
/** Agents whose names are remembered. */
const MOST_AGENTS = 10_000;

/** What belongs to a task that this process works on. */
type TaskEvent = OrchestratorEvent & { readonly taskId: string };

/** Turns events into spans. It reads and does nothing else. */
export class EventSpans {
  readonly #runs = new Map<string, RunSpans>();
  readonly #names = new Map<string, string>();
  readonly #tracer: Tracer;
  readonly #ids: SpanIds;
  readonly #content: ContentFilter | undefined;
  #at = 0;

  constructor(tracer: Tracer, ids: SpanIds, content: ContentFilter | undefined) {
    this.#tracer = tracer;
    this.#ids = ids;
    this.#content = content;
  }

  /** Takes an event in. */
  readonly handle = (event: OrchestratorEvent): void => {
    this.#at = event.at;
    if (event.type === 'agent-create' || event.type === 'agent-update' || event.type === 'agent-delete')
      return this.#agent(event);
    if (event.taskId !== undefined) this.#take(event as TaskEvent);
  };

  /** Closes every span that is open: the process ends, and what it worked on may go on elsewhere. */
  closeAll(): void {
    for (const run of this.#runs.values()) run.abandon(this.#at);
    this.#runs.clear();
  }

  #take(event: TaskEvent): void {
    switch (event.type) {
      case 'task-start':
        return this.#start(event);
      case 'run-start':
        return this.#working(event).named(event.data);
      case 'turn-start':
        return void this.#working(event);
      case 'model-call-start':
        return this.#working(event).startChat(event);
      case 'model-call-delta':
        return this.#runs.get(event.taskId)?.addDelta(event.data);
      case 'model-call-restart':
        return this.#runs.get(event.taskId)?.restartChat(event);
      case 'model-call-end':
        return this.#working(event).endChat(event);
      case 'tool-call-start':
        return this.#working(event).startTool(event);
      case 'tool-call-end':
        return this.#working(event).endTool(event);
      case 'handoff-start':
        return this.#working(event).handOver(event);
      case 'approval-answer':
      case 'escalation-answer':
        this.#working(event);
        return this.#runs.get(event.taskId)?.note(event);
      case 'error-raise':
      case 'recovery-decide':
      case 'approval-request':
      case 'escalation-request':
      case 'budget-warn':
      case 'budget-refuse':
        return this.#runs.get(event.taskId)?.note(event);
      case 'task-park':
        return this.#runs.get(event.taskId)?.park(event);
      case 'run-end':
        return this.#working(event).endRun(event);
      case 'task-end':
        return this.#end(event);
      default:
        return undefined;
    }
  }

  /** A worker takes a task up. What an earlier delivery in this process left open ends with it. */
  #start(event: EventOf<'task-start'> & { readonly taskId: string }): void {
    this.#runs.get(event.taskId)?.abandon(event.at);
    this.#runs.delete(event.taskId);
    this.#open(event, event.data.delivery <= 1);
  }

  /** The run of an event that only a run at work tells; begun here where nobody said that it began. */
  #working(event: TaskEvent): RunSpans {
    const run = this.#runs.get(event.taskId) ?? this.#open(event, false);
    run.resume(event);
    return run;
  }

  #open(event: TaskEvent, isFirst: boolean): RunSpans {
    const { agentId, parentTaskId, taskId } = event;
    const run = new RunSpans({
      tracer: this.#tracer,
      ids: this.#ids,
      content: this.#content,
      taskId,
      agentId,
      agentName: agentId === undefined ? undefined : this.#names.get(agentId),
      parentTaskId,
      parent: parentTaskId === undefined ? undefined : this.#runs.get(parentTaskId)?.context,
    });
    this.#makeRoom(event.at);
    this.#runs.set(taskId, run);
    run.begin(event, isFirst);
    return run;
  }

  #end(event: EventOf<'task-end'>): void {
    const { taskId = '' } = event;
    this.#runs.get(taskId)?.end(event);
    this.#runs.delete(taskId);
  }

  #makeRoom(at: number): void {
    if (this.#runs.size < MOST_RUNS) return;
    const [oldest] = this.#runs;
    if (oldest === undefined) return;
    oldest[1].abandon(at);
    this.#runs.delete(oldest[0]);
  }

  #agent({ type, agentId, data }: EventOf<'agent-create' | 'agent-update' | 'agent-delete'>): void {
    if (agentId === undefined) return;
    if (type === 'agent-delete') this.#names.delete(agentId);
    else if (this.#names.size < MOST_AGENTS || this.#names.has(agentId)) this.#names.set(agentId, data.name);
  }
}

import type { EventData, EventType, OrchestratorEvent } from '@master-orchestrator/contracts';
import type { Clock } from '@master-orchestrator/errors';
import { plainConstructor } from './plain-constructor.js';
import type { RunStream } from './run-stream.js';
import type { EventBus } from './event-bus.js';

/** Whom the events of a task are about. */
export interface EventSubject {
  readonly taskId: string;
  readonly runId?: string;
  readonly agentId?: string;
  readonly parentTaskId?: string;
}

/**
 * Publishes the events of one task and counts their `seq`.
 *
 * Events between steps are held back until the next step body begins (or the run ends): where the step comes from the
 * journal instead, they were published in an earlier delivery and are dropped. So an event is published once however
 * often a run is taken up again.
 */
export class TaskEvents {
  #seq = 0;
  #bodies = 0;
  #held: [EventType, EventData[EventType]][] = [];
  #subject: EventSubject;
  readonly #bus: EventBus;
  readonly #clock: Clock;
  #taps: RunStream[] = [];

  constructor(bus: EventBus, clock: Clock, subject: EventSubject) {
    this.#bus = bus;
    this.#clock = clock;
    this.#subject = subject;
  }

  /** The last number given. */
  get seq(): number {
    return this.#seq;
  }

  /** Copies every event into a stream from now on, until the task ends or the returned function is called. */
  tap(stream: RunStream): () => void {
    this.#taps.push(stream);
    return () => {
      this.#taps = this.#taps.filter((tap) => tap !== stream);
    };
  }

  /** The streams of the parent task get these events too. */
  tapInto(parent: TaskEvents): void {
    this.#taps = [...new Set([...this.#taps, ...parent.#taps])];
  }

  /** Lets go of every stream: the task has ended, and what is kept of it must not keep all its events. */
  untap(): void {
    this.#taps = [];
  }

  /** Who the following events are about; after a handoff another agent. */
  aim(subject: Partial<EventSubject>): void {
    this.#subject = { ...this.#subject, ...subject };
  }

  /** Publishes now. Only for what happens inside a step body, or outside any run. */
  emit<Type extends EventType>(type: Type, data: EventData[Type]): void {
    this.#seq += 1;
    const event = envelope(this.#seq, this.#clock.now(), type, this.#subject, data) as OrchestratorEvent;
    for (const tap of this.#taps) tap.push(event);
    this.#bus.publish(event);
  }

  /** Publishes now where a step body runs, and otherwise holds back. */
  tell<Type extends EventType>(type: Type, data: EventData[Type]): void {
    if (this.#bodies > 0) this.emit(type, data);
    else this.hold(type, data);
  }

  /** A step body begins: what is held is published. Returns the function that ends the body. */
  beginBody(): () => void {
    this.flush();
    this.#bodies += 1;
    return () => {
      this.#bodies -= 1;
    };
  }

  /** Publishes with the next step body that really runs, or with {@link flush}. */
  hold<Type extends EventType>(type: Type, data: EventData[Type]): void {
    this.#held.push([type, data]);
  }

  /** Publishes what is held: a step body begins, or the run ends. */
  flush(): void {
    if (this.#held.length === 0) return;
    const held = this.#held;
    this.#held = [];
    for (const [type, data] of held) this.emit(type, data);
  }

  /** What is held never happened. */
  drop(): void {
    this.#held = [];
  }

  /** A step came from the journal: what was held is history, and counting goes on where that step ended. */
  skipTo(seq: number): void {
    this.#held = [];
    if (seq > this.#seq) this.#seq = seq;
  }
}

/** The usual event has all of task, run and agent and no parent; spelled out, it costs a fraction of the general way. */
function envelope(seq: number, at: number, type: EventType, subject: EventSubject, data: unknown): object {
  const { taskId, runId, agentId, parentTaskId } = subject;
  if (parentTaskId === undefined && runId !== undefined && agentId !== undefined)
    return new Envelope(seq, at, type, taskId, runId, agentId, data);
  return { seq, at, type, ...subject, data };
}

const Envelope = plainConstructor(function (
  this: Record<string, unknown>,
  seq: number,
  at: number,
  type: EventType,
  taskId: string,
  runId: string,
  agentId: string,
  data: unknown,
) {
  this['seq'] = seq;
  this['at'] = at;
  this['type'] = type;
  this['taskId'] = taskId;
  this['runId'] = runId;
  this['agentId'] = agentId;
  this['data'] = data;
});

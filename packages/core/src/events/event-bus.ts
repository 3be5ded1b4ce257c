import type { EventPublisher, EventStream, OrchestratorEvent } from '@master-orchestrator/contracts';
import { redactText, type Clock } from '@master-orchestrator/errors';
import { config, type Observable, Subject, Subscription } from './rx.js';

interface Listener {
  readonly name: string;
  readonly handle: (event: OrchestratorEvent) => void;
}

/** The one stream of an orchestrator: everything that happens is published here, in order. */
export class EventBus implements EventStream, EventPublisher {
  readonly #subject = new Subject<OrchestratorEvent>();
  readonly #queue: OrchestratorEvent[] = [];
  readonly #clock: Clock;
  /** Replaced, never changed, so that a round in progress goes on as it began. */ #listeners: readonly Listener[] = [];
  #isDraining = false;
  #isClosed = false;
  #globalSeq = 0;

  /** Every event, in the order of publishing. Never errors; completes on {@link close}. */
  readonly events$: Observable<OrchestratorEvent> = this.#subject.asObservable();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An event published by a listener waits its turn, so that all listeners see the same order. */
  publish(event: OrchestratorEvent): void {
    if (this.#isDraining) {
      this.#queue.push(event);
      return;
    }
    this.#isDraining = true;
    try {
      this.#tell(event);
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#tell(next);
    } finally {
      this.#isDraining = false;
    }
  }

  /** Publishes an event that belongs to no task. */
  announce<Type extends OrchestratorEvent['type']>(
    type: Type,
    data: Extract<OrchestratorEvent, { type: Type }>['data'],
    about: { readonly agentId?: string; readonly taskId?: string } = {},
  ): void {
    this.publish({ seq: ++this.#globalSeq, at: this.#clock.now(), type, ...about, data } as OrchestratorEvent);
  }

  /** Guarded subscription: a throw becomes a `listener-fail` event and ends neither the stream nor the run. */
  listen(name: string, handle: (event: OrchestratorEvent) => void): Subscription {
    const listener: Listener = { name, handle };
    if (!this.#isClosed) this.#listeners = [...this.#listeners, listener];
    return new Subscription(() => {
      this.#listeners = this.#listeners.filter((each) => each !== listener);
    });
  }

  /** Tells of a listener that failed; its failure over a `listener-fail` is dropped, so that it cannot go round. */
  reportListener(name: string, error: unknown, event?: OrchestratorEvent): void {
    if (event?.type === 'listener-fail' || this.#isClosed) return;
    const message = redactText(error instanceof Error ? error.message : String(error)).slice(0, 500);
    this.announce('listener-fail', { listener: name, message });
  }

  /**
   * Routes errors thrown in bare subscribers to `listener-fail` events instead of the process, where nobody has set
   * rxjs's own hook. Returns a function that undoes it.
   */
  guardUnhandled(): () => void {
    if (config.onUnhandledError !== null) return () => {};
    const handle = (error: unknown): void => this.reportListener('unnamed subscriber', error);
    config.onUnhandledError = handle;
    return () => {
      if (config.onUnhandledError === handle) config.onUnhandledError = null;
    };
  }

  /** Completes the stream for every reader. */
  close(): void {
    this.#isClosed = true;
    this.#listeners = [];
    this.#subject.complete();
  }

  #tell(event: OrchestratorEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener.handle(event);
      } catch (error) {
        this.reportListener(listener.name, error, event);
      }
    }
    if (this.#subject.observed) this.#subject.next(event);
  }
}

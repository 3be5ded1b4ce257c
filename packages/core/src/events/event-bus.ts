import type { EventPublisher, EventStream, OrchestratorEvent } from '@master-orchestrator/contracts';
import { redactText, type Clock } from '@master-orchestrator/errors';
import { config, type Observable, Subject, type Subscription } from 'rxjs';

/** The one stream of an orchestrator: everything that happens is published here, in order. */
export class EventBus implements EventStream, EventPublisher {
  readonly #subject = new Subject<OrchestratorEvent>();
  readonly #queue: OrchestratorEvent[] = [];
  readonly #clock: Clock;
  #isDraining = false;
  #globalSeq = 0;

  /** Every event, in the order of publishing. Never errors; completes on {@link close}. */
  readonly events$: Observable<OrchestratorEvent> = this.#subject.asObservable();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An event published by a listener waits its turn, so that all listeners see the same order. */
  publish(event: OrchestratorEvent): void {
    this.#queue.push(event);
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#subject.next(next);
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
    return this.#subject.subscribe((event) => {
      try {
        handle(event);
      } catch (error) {
        this.reportListener(name, error, event);
      }
    });
  }

  /** Tells of a listener that failed; its failure over a `listener-fail` is dropped, so that it cannot go round. */
  reportListener(name: string, error: unknown, event?: OrchestratorEvent): void {
    if (event?.type === 'listener-fail' || this.#subject.closed) return;
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
    this.#subject.complete();
  }
}

import type { EventOf, EventStream, EventType, OrchestratorEvent } from '@master-orchestrator/contracts';

/** Anything events can be read from: an RxJS Observable is one. */
export interface EventSource {
  subscribe(next: (event: OrchestratorEvent) => void): { unsubscribe(): void };
}

/** Keeps the events of a test. */
export interface EventRecording {
  /** Every event so far, in order. */ readonly events: readonly OrchestratorEvent[];
  /** Their types, in order: the shape of a run at a glance. */ readonly types: readonly EventType[];
  /** Those of one type. */ of<Type extends EventType>(type: Type): readonly EventOf<Type>[];
  /**
   * Resolves with the first event of the type that fits, seen already or still to come.
   *
   * @param timeoutMs - @default 5_000
   * @throws Error naming the events that came instead.
   */
  waitFor<Type extends EventType>(
    type: Type,
    fits?: (event: EventOf<Type>) => boolean,
    timeoutMs?: number,
  ): Promise<EventOf<Type>>;
  /** Forgets what came so far. */ clear(): void;
  /** Stops listening. */ stop(): void;
  [Symbol.dispose](): void;
}

/** Records every event from now on. `using recording = recordEvents(orchestrator.events$)` stops by itself. */
export function recordEvents(source: EventSource | Pick<EventStream, 'events$'>): EventRecording {
  const events: OrchestratorEvent[] = [];
  const waiting = new Set<(event: OrchestratorEvent) => void>();
  const stream: EventSource = 'events$' in source ? source.events$ : source;
  const subscription = stream.subscribe((event) => {
    events.push(event);
    for (const look of waiting) look(event);
  });
  const of = <Type extends EventType>(type: Type): readonly EventOf<Type>[] =>
    events.filter((event) => event.type === type) as unknown as readonly EventOf<Type>[];
  const stop = (): void => subscription.unsubscribe();
  return {
    events,
    get types() {
      return events.map((event) => event.type);
    },
    of,
    waitFor: (type, fits = () => true, timeoutMs = 5_000) => {
      const seen = of(type).find(fits);
      if (seen !== undefined) return Promise.resolve(seen);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          const last = events.slice(-10).map((event) => event.type);
          reject(new Error(`No fitting "${type}" within ${timeoutMs} ms. The last events were: ${last.join(', ')}.`));
        }, timeoutMs);
        const look = (event: OrchestratorEvent): void => {
          if (event.type !== type || !fits(event as never)) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(event as never);
        };
        waiting.add(look);
      });
    },
    clear: () => void events.splice(0),
    stop,
    [Symbol.dispose]: stop,
  };
}

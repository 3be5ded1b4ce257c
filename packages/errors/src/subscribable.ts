import { tell } from './internal/guard.js';

/** One who hears what a {@link Subscribable} has to tell. */
export interface Observer<T> {
  next?(value: T): void;
  complete?(): void;
}

/** Ends a subscription. */
export interface Subscription {
  unsubscribe(): void;
}

/** The least that a stream of values offers. `from(stream)` of RxJS makes an Observable of it. */
export interface Subscribable<T> {
  subscribe(observer: Observer<T> | ((value: T) => void)): Subscription;
}

/** The key by which RxJS 7 finds a foreign stream: the proposal's symbol where it exists, else its text. */
const INTEROP: symbol | string = (Symbol as unknown as { readonly observable?: symbol }).observable ?? '@@observable';

/** A stream that someone else feeds. A listener that throws is left alone and harms nobody. */
export class Emitter<T> implements Subscribable<T> {
  readonly #observers = new Set<Observer<T>>();
  #isComplete = false;

  constructor() {
    const self = (): this => this;
    Object.defineProperty(this, INTEROP, { value: self });
    if (INTEROP !== '@@observable') Object.defineProperty(this, '@@observable', { value: self });
  }

  /** Whether anybody listens. */
  get isObserved(): boolean {
    return this.#observers.size > 0;
  }

  subscribe(observer: Observer<T> | ((value: T) => void)): Subscription {
    const listener: Observer<T> = typeof observer === 'function' ? { next: observer } : observer;
    if (this.#isComplete) {
      tell((): void => listener.complete?.(), undefined);
      return { unsubscribe: () => undefined };
    }
    // Its own object per subscription, so that one observer may subscribe twice.
    const entry: Observer<T> = {
      next: (value) => listener.next?.(value),
      complete: () => listener.complete?.(),
    };
    this.#observers.add(entry);
    return { unsubscribe: () => void this.#observers.delete(entry) };
  }

  /** Tells every listener. */
  next(value: T): void {
    for (const observer of this.#observers) tell((told: T) => observer.next?.(told), value);
  }

  /** Ends the stream. */
  complete(): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    const observers = [...this.#observers];
    this.#observers.clear();
    for (const observer of observers) tell((): void => observer.complete?.(), undefined);
  }
}

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

declare global {
  interface SymbolConstructor {
    /** The key of the observable proposal; present at run time only where something defines it. RxJS declares the same. */
    readonly observable: symbol;
  }
}

/** The least that a stream of values offers. RxJS makes an Observable of it: `from(stream)`. */
export interface Subscribable<T> {
  subscribe(observer: Observer<T> | ((value: T) => void)): Subscription;
  /** How RxJS recognises a foreign stream. */ [Symbol.observable](): Subscribable<T>;
}

/** A stream that someone feeds. A listener that throws is left alone and harms nobody. */
export class Emitter<T> {
  readonly #observers = new Set<Observer<T>>();
  #isComplete = false;
  /** The side of those who listen. */ readonly stream: Subscribable<T>;

  constructor() {
    const stream = {
      subscribe: (observer: Observer<T> | ((value: T) => void)) => this.#subscribe(observer),
      // RxJS 7 looks for the symbol where it exists when RxJS is loaded, else for its text.
      '@@observable': (): unknown => stream,
      ...(typeof Symbol.observable === 'symbol' ? { [Symbol.observable]: (): unknown => stream } : {}),
    };
    this.stream = stream as unknown as Subscribable<T>;
  }

  /** Whether anybody listens. */
  get isObserved(): boolean {
    return this.#observers.size > 0;
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

  #subscribe(observer: Observer<T> | ((value: T) => void)): Subscription {
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
}

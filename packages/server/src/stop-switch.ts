/** The one switch that tells every part of a server that it stops. It is thrown once. */
export class StopSwitch {
  readonly #controller = new AbortController();

  /** True from the first moment of a shutdown on. */
  get isStopping(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Aborted from that moment on. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Throws the switch. */
  stop(): void {
    this.#controller.abort();
  }
}

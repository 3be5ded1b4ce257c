/** What a process holds on to: `{ Timeout: 1, TCPSocketWrap: 2 }`. */
type Resources = ReadonlyMap<string, number>;

/** Resources that come and go with any output. */
const PASSING = new Set(['TTYWrap', 'PipeWrap', 'FSReqCallback', 'FSReqPromise', 'CloseReq']);
/** Time for what is closed to be gone, in milliseconds. */
const SETTLING_MS = 5_000;

/** Watches a process from its start on: unhandled rejections, and what it holds on to at the end. */
export class ProcessWatch {
  readonly #before: Resources = resources();
  readonly #rejections: string[] = [];
  readonly #onRejection = (reason: unknown): void => {
    this.#rejections.push(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason));
  };

  constructor() {
    process.on('unhandledRejection', this.#onRejection);
  }

  /** Stops watching; says what was not as it must be. */
  async end(): Promise<string[]> {
    const until = performance.now() + SETTLING_MS;
    while (this.#left().length > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    process.off('unhandledRejection', this.#onRejection);
    return [...this.#rejections.map((reason) => `unhandled rejection: ${reason}`), ...this.#left()];
  }

  #left(): string[] {
    return [...resources()].flatMap(([name, count]) => {
      const more = count - (this.#before.get(name) ?? 0);
      return more > 0 ? [`${more} ${name} left`] : [];
    });
  }
}

function resources(): Resources {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (!PASSING.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

import type { ServerResponse } from 'node:http';

/** Time for bytes that were written to reach the client before a reset, which would overtake them. */
const SETTLE_MS = 25;

/** One answer's connection: writes and waits that end at once when the client or the server closes it. */
export class Connection {
  readonly #response: ServerResponse;
  readonly #ended: Promise<void>;
  #isClosed = false;
  #isBrokenOff = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.socket?.setNoDelay(true);
    this.#ended = new Promise((resolve) => {
      response.once('close', () => {
        this.#isClosed = true;
        resolve();
      });
    });
  }

  /** True once nothing can be sent any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** True once this side has broken the connection off. */
  get isBrokenOff(): boolean {
    return this.#isBrokenOff;
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#response.writeHead(status, { ...headers });
  }

  /** Sends the headers before any of the body. */
  flushHead(): void {
    this.#response.flushHeaders();
  }

  /** Resolves once the bytes left this process, or the connection closed. */
  async write(bytes: string | Uint8Array): Promise<void> {
    if (this.#isClosed) return;
    const written = new Promise<void>((resolve) => this.#response.write(bytes, () => resolve()));
    await Promise.race([written, this.#ended]);
  }

  /** Writes below HTTP, for answers that are none. */
  writeRaw(text: string): void {
    this.#response.socket?.write(text);
  }

  end(): void {
    if (!this.#isClosed) this.#response.end();
  }

  /** Resolves after `ms` milliseconds, or when the connection closes; false in that case. */
  async pause(ms: number): Promise<boolean> {
    if (this.#isClosed) return false;
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([waited, this.#ended]);
    clearTimeout(timer);
    return !this.#isClosed;
  }

  /** Resolves when the client, or the server's `close()`, closes the connection. */
  untilClosed(): Promise<void> {
    return this.#ended;
  }

  /** Ends the connection in the middle: with a reset (RST), or in the order of TCP (FIN). */
  async breakOff(how: 'reset' | 'end'): Promise<void> {
    if (!(await this.pause(SETTLE_MS))) return;
    this.#isBrokenOff = true;
    const socket = this.#response.socket;
    if (how === 'reset') socket?.resetAndDestroy();
    else socket?.destroy();
    await this.#ended;
  }
}

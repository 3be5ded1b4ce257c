import type { Socket } from 'node:net';
import type { buildConnector, Client, Dispatcher } from 'undici';
import type { Receiver, Sender, Ticket } from './sender.js';

/** What a pool is made from; the constructors come from undici, which is loaded late. */
export interface SocketPoolOptions {
  readonly origin: string;
  /** Sockets open at the same time. */ readonly connections: number;
  readonly connector: buildConnector.connector;
  readonly Client: typeof Client;
}

/**
 * Kept connections to one origin, one request at a time on each, the one used last first. undici's own pool is not
 * used: after an abort it opens a new socket for nobody, and a request that is aborted in its line stays there.
 */
export class SocketPool implements Sender {
  readonly #options: SocketPoolOptions;
  readonly #free: Lane[] = [];
  readonly #used = new Set<Lane>();
  readonly #line = new Set<Job>();
  /** In use when the pool was renewed: not to be used again. */ readonly #outdated = new WeakSet<Lane>();

  constructor(options: SocketPoolOptions) {
    this.#options = options;
  }

  send(request: Dispatcher.DispatchOptions, receiver: Receiver): Ticket {
    const job = new Job(this, request, receiver);
    const lane = this.#take();
    if (lane) job.start(lane);
    else this.#line.add(job);
    return job;
  }

  /** Takes a job's lane back, or its place in the line, and lets the next one go. */
  settle(job: Job, lane: Lane | undefined, error: Error | undefined): void {
    if (lane === undefined) {
      this.#line.delete(job);
      return;
    }
    if (!this.#used.delete(lane)) return;
    if (error === undefined && !this.#outdated.has(lane)) this.#free.push(lane);
    else void lane.destroy(error ?? new Error('The connections were renewed.'));
    const [next] = this.#line;
    const free = next && this.#take();
    if (!next || !free) return;
    this.#line.delete(next);
    next.receiver.onTurn();
    next.start(free);
  }

  async renew(): Promise<void> {
    for (const lane of this.#used) this.#outdated.add(lane);
    const renewed = new Error('The connections were renewed.');
    await Promise.all(this.#free.splice(0).map((lane) => lane.destroy(renewed)));
  }

  async close(error: Error): Promise<void> {
    const waiting = [...this.#line];
    this.#line.clear();
    for (const job of waiting) job.receiver.onUnsent(error);
    const lanes = [...this.#free.splice(0), ...this.#used];
    this.#used.clear();
    await Promise.all(lanes.map((lane) => lane.destroy(error)));
  }

  #take(): Lane | undefined {
    let lane = this.#free.pop();
    if (lane === undefined && this.#used.size < this.#options.connections) lane = new Lane(this.#options);
    if (lane) this.#used.add(lane);
    return lane;
  }
}

/** One client of undici: a socket, opened when it is needed and opened again when it was closed in between. */
class Lane {
  readonly #client: Client;
  #connecting: Socket | undefined;

  constructor({ origin, connector, Client }: SocketPoolOptions) {
    const connect: buildConnector.connector = (options, callback) => {
      const returned: unknown = connector(options, (...result) => {
        this.#connecting = undefined;
        callback(...result);
      });
      if (isConnecting(returned)) this.#connecting = returned;
    };
    this.#client = new Client(origin, { connect, headersTimeout: 0, bodyTimeout: 0 });
  }

  dispatch(request: Dispatcher.DispatchOptions, receiver: Receiver): void {
    this.#client.dispatch(request, receiver);
  }

  /** Also ends a connection that is still being made, which the client would wait for. */
  destroy(error: Error): Promise<void> {
    const ended = this.#client.destroy(error);
    this.#connecting?.destroy(error);
    return ended;
  }
}

/** undici's connector gives its socket back, which its types do not say. */
function isConnecting(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'connecting' in value && value.connecting === true;
}

class Job implements Ticket {
  readonly receiver: Receiver;
  readonly #pool: SocketPool;
  readonly #request: Dispatcher.DispatchOptions;
  #lane: Lane | undefined;

  constructor(pool: SocketPool, request: Dispatcher.DispatchOptions, receiver: Receiver) {
    this.#pool = pool;
    this.#request = request;
    this.receiver = receiver;
  }

  get isInLine(): boolean {
    return this.#lane === undefined;
  }

  start(lane: Lane): void {
    this.#lane = lane;
    lane.dispatch(this.#request, this.receiver);
  }

  done(): void {
    this.#pool.settle(this, this.#lane, undefined);
  }

  cancel(error: Error): void {
    this.#pool.settle(this, this.#lane, error);
  }
}

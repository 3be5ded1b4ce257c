import type { ServeOptions } from '@master-orchestrator/contracts';
import { hostname } from 'node:os';
import type { EngineCore } from '../engine-core.js';
import { thisHost } from './workers.js';

/** A lease on a database in a network must bear a slow answer: shorter claims are lengthened to this. */
const SHORTEST_LEASE_MS = 3_000;
const BEATS_PER_LEASE = 3;

/** The heartbeat of one worker, by the clock of the database, on the connection that is never busy with work. */
export class Lease {
  readonly #core: EngineCore;
  readonly #name: string;
  readonly #leaseMs: number;
  readonly #onLost: () => void;
  #worker = 0;
  #stopTimer: (() => void) | undefined;
  #isEnded = false;

  /** @param onLost - Told when the worker was taken for dead; it begins again under a new number. */
  constructor(core: EngineCore, { workerId, claimMs }: ServeOptions, onLost: () => void) {
    this.#core = core;
    this.#name = workerId;
    this.#leaseMs = Math.ceil(Math.max(claimMs, SHORTEST_LEASE_MS));
    this.#onLost = onLost;
  }

  /** Number of the worker in the store; 0 while it has none. */
  get worker(): number {
    return this.#worker;
  }

  async start(): Promise<void> {
    await this.#enter();
    this.#beatLater();
  }

  /** Leaves; what it could not give back is for others to take over. */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#stopTimer?.();
    const worker = this.#worker;
    this.#worker = 0;
    if (worker !== 0) await this.#core.store.call('drop_worker', [worker]).catch(() => {});
  }

  async #enter(): Promise<void> {
    const values = [this.#name, thisHost(), process.pid, this.#leaseMs];
    this.#worker = await this.#core.store.call<number>('add_worker', values, { isPatient: true });
  }

  #beatLater(): void {
    const { clock, logger } = this.#core.options;
    this.#stopTimer = clock.setTimer(this.#leaseMs / BEATS_PER_LEASE, () => {
      this.#beat()
        .catch((error: unknown) => logger.debug({ worker: this.#name, host: hostname(), error }, 'heartbeat failed'))
        .finally(() => (this.#isEnded ? undefined : this.#beatLater()));
    });
  }

  async #beat(): Promise<void> {
    const { listener, store } = this.#core;
    const values = [this.#worker, this.#leaseMs];
    const isAlive =
      (await listener.call('beat', values)) ?? (await store.call<boolean | null>('beat', values)) ?? false;
    if (isAlive === true || this.#isEnded) return;
    this.#worker = 0;
    this.#onLost();
    await this.#enter();
  }
}

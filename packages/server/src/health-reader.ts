import type { OrchestratorConfig } from '@master-orchestrator/config';
import { optional } from '@master-orchestrator/contracts';
import type { Health, HealthPart, MasterOrchestrator } from '@master-orchestrator/core';
import { classify, sleep, type Clock } from '@master-orchestrator/errors';
import { within } from './internal/within.js';

/** Collaborators of a {@link HealthReader}. */
export interface HealthReaderParts {
  readonly orchestrator: MasterOrchestrator;
  readonly config: OrchestratorConfig;
  readonly clock: Clock;
  /** How long a report counts, in milliseconds. */ readonly freshMs: number;
  /** Folder whose disk is looked at; absent: nothing is kept on disk. */ readonly dataDirectory: string | undefined;
  /** Bytes that a disk has left. */ readonly freeBytes: FreeBytes;
  isStopping(): boolean;
}

/** Bytes that the disk of a folder has left for this process. */
export type FreeBytes = (folder: string) => Promise<number>;

/** Below this the disk is as good as full, in bytes. */
const LEAST_FREE_BYTES = 64 * 1_048_576;
/** Above this share of its bound the queue is told as degraded. */
const BUSY_SHARE = 0.9;
/** Longest wait for a new report while there is one that is not too old, in milliseconds. */
const PATIENCE_MS = 50;
/** A report older than this is of no use, in milliseconds. */
const OLDEST_MS = 60_000;
/** Longest time to ask for the free bytes of the disk, in milliseconds. */
const DISK_LIMIT_MS = 2_000;

/** Asks every part how it is, at most once in a while: probes must not become load. */
export class HealthReader {
  readonly #parts: HealthReaderParts;
  #last: { readonly at: number; readonly report: Health } | undefined;
  #running: Promise<Health> | undefined;

  constructor(parts: HealthReaderParts) {
    this.#parts = parts;
  }

  /**
   * The report, at most `freshMs` old. Where a part is slow to say how it is, the report before is given meanwhile: probes
   * have little patience. Never rejects.
   */
  async read(): Promise<Health> {
    const report = await this.#report();
    if (!this.#parts.isStopping() || report.parts.some(({ name }) => name === 'shutdown')) return report;
    const part: HealthPart = { name: 'shutdown', isCritical: true, status: 'down', message: 'shutting down' };
    return { status: 'down', parts: [...report.parts, part] };
  }

  async #report(): Promise<Health> {
    const { clock, freshMs } = this.#parts;
    if (freshMs === 0) return this.#check();
    const last = this.#last;
    const age = last === undefined ? Infinity : clock.monotonic() - last.at;
    if (last !== undefined && age < freshMs) return last.report;
    const running = (this.#running ??= this.#refresh());
    if (last === undefined || age > Math.max(OLDEST_MS, freshMs)) return running;
    const enough = new AbortController();
    const tired = sleep(clock, PATIENCE_MS, enough.signal).then(
      () => last.report,
      () => last.report,
    );
    return Promise.race([running, tired]).finally(() => enough.abort());
  }

  async #refresh(): Promise<Health> {
    const report = await this.#check();
    this.#last = { at: this.#parts.clock.monotonic(), report };
    this.#running = undefined;
    return report;
  }

  async #check(): Promise<Health> {
    const [health, disk] = await Promise.all([this.#orchestrator(), this.#disk()]);
    const parts = [...health.parts, this.#queue(), this.#plugins(), ...disk, ...this.#models(health.parts)];
    const isDown = health.status === 'down' || parts.some((part) => part.isCritical && part.status === 'down');
    const isWell = parts.every(({ status }) => status === 'ok');
    return { status: isDown ? 'down' : isWell ? 'ok' : 'degraded', parts };
  }

  async #orchestrator(): Promise<Health> {
    try {
      return await this.#parts.orchestrator.health();
    } catch (error) {
      const message = classify(error).message;
      return { status: 'down', parts: [{ name: 'orchestrator', isCritical: true, status: 'down', message }] };
    }
  }

  /** One model that cannot be reached is a nuisance; with none the server cannot do its work. */
  #models(parts: readonly HealthPart[]): HealthPart[] {
    const models = parts.filter(({ name }) => name.startsWith('model:'));
    if (models.length === 0) return [];
    const reachable = models.filter(({ status }) => status !== 'down').length;
    const details = { reachable, registered: models.length };
    return [{ name: 'models', isCritical: true, status: reachable === 0 ? 'down' : 'ok', details }];
  }

  /** Full, it takes no new tasks, but everything else of the server goes on: looking, cancelling, answering approvals. */
  #queue(): HealthPart {
    const { queued, running } = this.#parts.orchestrator.workload();
    const { maxQueued } = this.#parts.config.engine;
    const unfinished = queued + running;
    const status = unfinished >= maxQueued * BUSY_SHARE ? 'degraded' : 'ok';
    const message = unfinished >= maxQueued ? 'full: new tasks are refused' : undefined;
    const details = { queued, running, maxQueued };
    return { name: 'queue', isCritical: false, status, details, ...optional({ message }) };
  }

  /** Names alone: the reasons are in the list of plugins. */
  #plugins(): HealthPart {
    const disabled = this.#parts.orchestrator.plugins.list().filter(({ status }) => status === 'disabled');
    const names = disabled.map(({ name }) => name);
    const message = names.length === 0 ? undefined : `disabled: ${names.join(', ')}`;
    const status = names.length === 0 ? 'ok' : 'degraded';
    return { name: 'plugins', isCritical: false, status, ...optional({ message }) };
  }

  async #disk(): Promise<HealthPart[]> {
    const { dataDirectory, clock } = this.#parts;
    if (dataDirectory === undefined) return [];
    try {
      const freeBytes = await within(clock, DISK_LIMIT_MS, 'The disk', () => this.#parts.freeBytes(dataDirectory));
      const isFull = freeBytes < LEAST_FREE_BYTES;
      const message = isFull ? `${freeBytes} bytes are free, at least ${LEAST_FREE_BYTES} are needed` : undefined;
      const status = isFull ? 'down' : 'ok';
      return [
        {
          name: 'disk',
          isCritical: true,
          status,
          details: { freeBytes },
          ...(message === undefined ? {} : { message }),
        },
      ];
    } catch (error) {
      return [{ name: 'disk', isCritical: true, status: 'down', message: classify(error).message }];
    }
  }
}

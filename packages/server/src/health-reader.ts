import type { OrchestratorConfig } from '@master-orchestrator/config';
import type { Health, HealthPart, MasterOrchestrator } from '@master-orchestrator/core';
import { classify, type Clock } from '@master-orchestrator/errors';
import { statfs } from 'node:fs/promises';

/** Collaborators of a {@link HealthReader}. */
export interface HealthReaderParts {
  readonly orchestrator: MasterOrchestrator;
  readonly config: OrchestratorConfig;
  readonly clock: Clock;
  /** How long a report counts, in milliseconds. */ readonly freshMs: number;
  /** Folder whose disk is looked at; absent: nothing is kept on disk. */ readonly dataDirectory: string | undefined;
  isStopping(): boolean;
}

/** Below this the disk is as good as full, in bytes. */
const LEAST_FREE_BYTES = 64 * 1_048_576;
/** Above this share of its bound the queue is told as degraded. */
const BUSY_SHARE = 0.9;

/** Asks every part how it is, at most once in a while: probes must not become load. */
export class HealthReader {
  readonly #parts: HealthReaderParts;
  #last: { readonly at: number; readonly report: Promise<Health> } | undefined;

  constructor(parts: HealthReaderParts) {
    this.#parts = parts;
  }

  /** The report, at most `freshMs` old. Never rejects. */
  async read(): Promise<Health> {
    const { clock, freshMs } = this.#parts;
    const now = clock.monotonic();
    if (this.#last === undefined || now - this.#last.at >= freshMs) this.#last = { at: now, report: this.#check() };
    const report = await this.#last.report;
    if (!this.#parts.isStopping() || report.parts.some(({ name }) => name === 'shutdown')) return report;
    const part: HealthPart = { name: 'shutdown', isCritical: true, status: 'down', message: 'shutting down' };
    return { status: 'down', parts: [...report.parts, part] };
  }

  async #check(): Promise<Health> {
    const [health, disk] = await Promise.all([this.#orchestrator(), this.#disk()]);
    const parts = [...health.parts, this.#queue(), ...disk, ...this.#models(health.parts)];
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

  #queue(): HealthPart {
    const { queued, running } = this.#parts.orchestrator.statistics().tasks;
    const { maxQueued } = this.#parts.config.engine;
    const unfinished = queued + running;
    const status = unfinished >= maxQueued ? 'down' : unfinished >= maxQueued * BUSY_SHARE ? 'degraded' : 'ok';
    return { name: 'queue', isCritical: true, status, details: { queued, running, maxQueued } };
  }

  async #disk(): Promise<HealthPart[]> {
    const { dataDirectory } = this.#parts;
    if (dataDirectory === undefined) return [];
    try {
      const { bavail, bsize } = await statfs(dataDirectory);
      const freeBytes = bavail * bsize;
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

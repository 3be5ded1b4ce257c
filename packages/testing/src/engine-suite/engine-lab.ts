import {
  isFinalPhase,
  silentLogger,
  type EngineOptions,
  type Handler,
  type ServeOptions,
  type Serving,
  type TaskEngine,
  type TaskSpec,
  type TaskView,
} from '@master-orchestrator/contracts';
import { systemClock, type Json } from '@master-orchestrator/errors';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../seeded.js';
import type { EngineSubject, EngineSuiteOptions } from './engine-check.js';
import { WorkerProcess, type WorkerSettings } from './worker-process.js';

/** A claim in the checks is short, so that a take-over is. */
export const CLAIM_MS = 1_000;
/** A hang is the bug this bound finds; a loaded machine may take long. */
const PATIENCE_MS = 20_000;

/** One check's own store, engines and processes; `close` removes all of it. */
export class EngineLab {
  readonly address: string;
  readonly seed: number;
  readonly options: EngineSuiteOptions;
  readonly subject: EngineSubject;
  readonly #folder: string;
  readonly #engines: TaskEngine[] = [];
  readonly #workers: WorkerProcess[] = [];
  #named = 0;

  private constructor(subject: EngineSubject, options: EngineSuiteOptions, folder: string) {
    this.subject = subject;
    this.#folder = folder;
    this.options = options;
    this.seed = options.seed ?? 1;
    this.address = subject.addressIn?.(folder) ?? folder;
  }

  static async create(subject: EngineSubject, options: EngineSuiteOptions = {}): Promise<EngineLab> {
    return new EngineLab(subject, options, await mkdtemp(join(tmpdir(), 'engine-suite-')));
  }

  /** A file of this check. */
  file(name: string): string {
    return join(this.#folder, name);
  }

  /** A fresh engine on the lab's store, not started. */
  async unstarted(overrides: Partial<EngineOptions> = {}): Promise<TaskEngine> {
    const random = seededRandom(this.seed);
    const options = { clock: systemClock, random, logger: silentLogger, agingMs: 0, ...overrides };
    const engine = await this.subject.open(this.address, options);
    this.#engines.push(engine);
    return engine;
  }

  /** A fresh engine on the lab's store, started. */
  async open(overrides: Partial<EngineOptions> = {}): Promise<TaskEngine> {
    const engine = await this.unstarted(overrides);
    await engine.start();
    return engine;
  }

  /** Several engines where the store can be shared, else the same one several times. */
  async openMany(count: number): Promise<TaskEngine[]> {
    const first = await this.open();
    const engines = [first];
    for (let i = 1; i < count; i += 1) engines.push(first.caps.reach === 'one-process' ? first : await this.open());
    return engines;
  }

  serve(engine: TaskEngine, handlers: Record<string, Handler>, options: Partial<ServeOptions> = {}): Promise<Serving> {
    this.#named += 1;
    const named = { workerId: `worker-${this.#named}`, slots: 4, claimMs: CLAIM_MS, ...options };
    return engine.serve(new Map(Object.entries(handlers)), named);
  }

  /** Starts a worker in a process of its own; resolves when it serves. */
  async worker(settings: Partial<WorkerSettings> = {}): Promise<WorkerProcess> {
    assert.ok(this.subject.workerFile, 'the subject has no workerFile');
    this.#named += 1;
    const worker = new WorkerProcess(this.subject.workerFile, {
      address: this.address,
      workerId: `process-${this.#named}`,
      slots: 4,
      claimMs: CLAIM_MS,
      ...settings,
    });
    this.#workers.push(worker);
    await worker.ready;
    return worker;
  }

  outage(forMs: number): Promise<void> {
    assert.ok(this.subject.outage, 'the subject cannot make an outage');
    return this.subject.outage(this.address, forMs);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()));
    await Promise.all(this.#engines.map((engine) => engine.stop({ graceMs: 0 })));
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A spec of kind `job` in lane `lane`. */
export function job(id: string, overrides: Partial<TaskSpec> = {}): TaskSpec {
  return { id, kind: 'job', revision: 1, input: null, lane: 'lane', ...overrides };
}

/** Waits until the claim holds. */
export async function until(
  what: string,
  claim: () => Promise<boolean> | boolean,
  withinMs = PATIENCE_MS,
): Promise<void> {
  const end = systemClock.monotonic() + withinMs;
  while (!(await claim())) {
    assert.ok(systemClock.monotonic() < end, `waited ${withinMs} ms in vain: ${what}`);
    await delay(5);
  }
}

/** The task once it has ended or is paused. */
export async function ended(engine: TaskEngine, id: string, withinMs = PATIENCE_MS): Promise<TaskView> {
  let view: TaskView | undefined;
  await until(
    `"${id}" ends`,
    async () => {
      view = await engine.get(id);
      return view !== undefined && (isFinalPhase(view.phase) || view.phase === 'paused');
    },
    withinMs,
  );
  return view as TaskView;
}

/** Waits until a task is in a phase. */
export async function inPhase(engine: TaskEngine, id: string, phase: TaskView['phase']): Promise<void> {
  await until(`"${id}" is ${phase}`, async () => (await engine.get(id))?.phase === phase);
}

/** Asserts that a task completed; returns its result. */
export async function resultOf(engine: TaskEngine, id: string, withinMs = PATIENCE_MS): Promise<Json> {
  const view = await ended(engine, id, withinMs);
  assert.equal(view.phase, 'completed', `"${id}" ended ${view.phase}: ${view.error?.message ?? ''}`);
  return view.result ?? null;
}

/** Something to wait for that a check opens. */
export interface Gate {
  readonly opened: Promise<void>;
  readonly isOpen: boolean;
  open(): void;
}

export function gate(): Gate {
  let open!: () => void;
  let isOpen = false;
  const opened = new Promise<void>((resolve) => {
    open = () => {
      isOpen = true;
      resolve();
    };
  });
  return {
    opened,
    open: () => open(),
    get isOpen() {
      return isOpen;
    },
  };
}

/** Rejects with the signal's reason as soon as it fires: a body that honours its signal. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Asserts that a call is refused with a code. */
export async function refusedWith(code: string, call: () => Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: { code?: unknown }) => {
    assert.equal(error.code, code);
    return true;
  });
}

/** A step policy whose repeat does no harm. */
export const HARMLESS = { repeat: 'harmless' } as const;

export { delay };

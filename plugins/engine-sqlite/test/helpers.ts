import {
  silentLogger,
  type EngineOptions,
  type Handler,
  type Serving,
  type TaskEngine,
  type TaskSpec,
} from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { seededRandom } from '@master-orchestrator/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SqliteEngine, type SqliteEngineOptions } from '../src/index.js';

/** What the host of an engine in a test hands over. */
export const HOST: EngineOptions = { clock: systemClock, random: seededRandom(1), logger: silentLogger, agingMs: 0 };

/** A folder with the engines opened in it; disposed of, it stops and removes all. */
export class Place implements AsyncDisposable {
  readonly #engines: SqliteEngine[] = [];

  private constructor(readonly folder: string) {}

  static async create(): Promise<Place> {
    return new Place(await mkdtemp(join(tmpdir(), 'engine-sqlite-')));
  }

  file(name = 'tasks.db'): string {
    return join(this.folder, name);
  }

  async open(
    options: SqliteEngineOptions & { readonly file?: string; readonly host?: Partial<EngineOptions> } = {},
  ): Promise<SqliteEngine> {
    const { file = this.file(), host, ...rest } = options;
    const engine = new SqliteEngine(file, { ...HOST, ...host }, rest);
    this.#engines.push(engine);
    await engine.start();
    return engine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.stop({ graceMs: 0 })));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

export function job(id: string, overrides: Partial<TaskSpec> = {}): TaskSpec {
  return { id, kind: 'job', revision: 1, input: null, lane: 'lane', ...overrides };
}

export function serve(engine: TaskEngine, handlers: Record<string, Handler>, slots = 4): Promise<Serving> {
  return engine.serve(new Map(Object.entries(handlers)), { workerId: 'w', slots, claimMs: 1_000 });
}

/** Waits until the claim holds. A hang is what the bound finds. */
export async function until(claim: () => Promise<boolean> | boolean, withinMs = 20_000): Promise<void> {
  for (const end = performance.now() + withinMs; !(await claim()); await delay(5)) {
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms in vain`);
  }
}

import {
  isFinalPhase,
  type EngineCaps,
  type EpochMs,
  type FeedFilter,
  type FeedItem,
  type Handler,
  type Limits,
  type ServeOptions,
  type Serving,
  type StateStore,
  type StepView,
  type Submitted,
  type TaskEngine,
  type TaskQuery,
  type TaskSpec,
  type TaskView,
} from '@master-orchestrator/contracts';
import { OrchestratorError, type Clock, type Json } from '@master-orchestrator/errors';
import { mergeFeeds } from './merge-feeds.js';

const NAMESPACE = 'inline-tasks';
/** What became of a task that ran inline is known for this time. */
const KEPT_MS = 30 * 24 * 3_600_000;

/**
 * An engine whose full queue is relieved by its callers: a task that finds no room is run at once in this process, in
 * memory and beside the slots, and its submission returns when it has ended. Only where it has nothing to wait for: a
 * task that may not start yet is refused. What runs inline does not survive the process; how it ended does.
 */
export class InlineOverflow implements TaskEngine {
  readonly #main: TaskEngine;
  readonly #inline: TaskEngine;
  readonly #clock: Clock;
  #isServing = false;

  /** @param inline - An engine in memory, for the tasks that find no room. */
  constructor(main: TaskEngine, inline: TaskEngine, clock: Clock) {
    this.#main = main;
    this.#inline = inline;
    this.#clock = clock;
  }

  get caps(): EngineCaps {
    return this.#main.caps;
  }

  get state(): StateStore {
    return this.#main.state;
  }

  async start(): Promise<void> {
    await this.#main.start();
    await this.#inline.start();
    await this.#forget(this.#clock.now() - KEPT_MS);
  }

  async stop(options: { readonly graceMs: number }): Promise<void> {
    await this.#inline.stop(options);
    await this.#main.stop(options);
  }

  /** @throws OrchestratorError QUEUE_FULL where a task would have to wait, or nobody runs tasks in this process */
  async submit(batch: readonly TaskSpec[]): Promise<Submitted[]> {
    try {
      return await this.#main.submit(batch);
    } catch (error) {
      if (!OrchestratorError.isInstance(error) || error.code !== 'QUEUE_FULL') throw error;
      if (!this.#isServing) throw error;
      const ready: TaskSpec[] = [];
      for (const spec of batch) {
        if (!(await this.#mayStart(spec))) throw error;
        const { after: _after, notBefore: _notBefore, ...rest } = spec;
        ready.push(rest);
      }
      return this.#runInline(ready);
    }
  }

  async cancel(id: string, reason: string): Promise<'accepted' | 'already-final' | 'unknown'> {
    return (await this.#engineOf(id)).cancel(id, reason);
  }

  async signal(id: string, channel: string, body: Json, messageId: string): Promise<'stored' | 'repeat' | 'final'> {
    return (await this.#engineOf(id)).signal(id, channel, body, messageId);
  }

  async resume(id: string): Promise<void> {
    await (await this.#engineOf(id)).resume(id);
  }

  async fork(id: string, fromKey: string, newId: string): Promise<Submitted> {
    return (await this.#engineOf(id)).fork(id, fromKey, newId);
  }

  async setLimits(limits: Limits): Promise<void> {
    await this.#main.setLimits(limits);
  }

  async pauseLane(lane: string): Promise<void> {
    await this.#inline.pauseLane(lane);
    await this.#main.pauseLane(lane);
  }

  async resumeLane(lane: string): Promise<void> {
    await this.#inline.resumeLane(lane);
    await this.#main.resumeLane(lane);
  }

  async get(id: string): Promise<TaskView | undefined> {
    const view = (await this.#inline.get(id)) ?? (await this.#main.get(id));
    return view ?? ((await this.state.get(NAMESPACE, id))?.value as unknown as TaskView | undefined);
  }

  /** Tasks of the queue; those that run inline were never in it. */
  list(query: TaskQuery): Promise<{ items: TaskView[]; next?: string }> {
    return this.#main.list(query);
  }

  async journal(id: string): Promise<StepView[]> {
    return (await this.#engineOf(id)).journal(id);
  }

  /** Items of both; what runs inline has no place in the stored feed, so it is told from the call on. */
  feed(from: string, filter?: FeedFilter): AsyncIterable<FeedItem> {
    return mergeFeeds(this.#main.feed(from, filter), this.#inline.feed('now', filter), from);
  }

  async purge(finishedBefore: EpochMs): Promise<number> {
    await this.#inline.purge(finishedBefore);
    return (await this.#main.purge(finishedBefore)) + (await this.#forget(finishedBefore));
  }

  async serve(handlers: ReadonlyMap<string, Handler>, options: ServeOptions): Promise<Serving> {
    const servings = await Promise.all([
      this.#main.serve(handlers, options),
      this.#inline.serve(handlers, { ...options, workerId: `${options.workerId}-inline` }),
    ]);
    this.#isServing = true;
    return {
      drain: async (graceMs) => {
        this.#isServing = false;
        await Promise.all(servings.map((serving) => serving.drain(graceMs)));
      },
      get active() {
        return servings.reduce((sum, serving) => sum + serving.active, 0);
      },
    };
  }

  async #mayStart({ after = [], notBefore }: TaskSpec): Promise<boolean> {
    if (notBefore !== undefined && notBefore > this.#clock.now()) return false;
    for (const { task, when } of after) {
      const view = await this.get(task);
      if (view === undefined || !isFinalPhase(view.phase)) return false;
      if (when === 'completed' && view.phase !== 'completed') return false;
    }
    return true;
  }

  async #runInline(batch: readonly TaskSpec[]): Promise<Submitted[]> {
    const phases = this.#inline.feed('now', { types: ['phase'] });
    const submitted = await this.#inline.submit(batch);
    const open = new Set(batch.map(({ id }) => id));
    const look = async (id: string): Promise<void> => {
      const view = await this.#inline.get(id);
      if (view === undefined || !isFinalPhase(view.phase)) return;
      open.delete(id);
      await this.state.put(NAMESPACE, id, view as unknown as Json);
    };
    for (const id of open) await look(id);
    if (open.size === 0) return submitted;
    for await (const { task } of phases) {
      if (task !== undefined && open.has(task)) await look(task);
      if (open.size === 0) break;
    }
    return submitted;
  }

  /** Forgets tasks that ended before a moment; returns how many. */
  async #forget(endedBefore: EpochMs): Promise<number> {
    const old: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.state.scan(NAMESPACE, '', cursor);
      for (const { key, value } of page.items) {
        if (((value as unknown as TaskView).endedAt ?? 0) < endedBefore) old.push(key);
      }
      cursor = page.next;
    } while (cursor !== undefined);
    for (const key of old) await this.state.delete(NAMESPACE, key);
    return old.length;
  }

  async #engineOf(id: string): Promise<TaskEngine> {
    return (await this.#inline.get(id)) === undefined ? this.#main : this.#inline;
  }
}

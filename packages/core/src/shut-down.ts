import { CONFIG } from '@master-orchestrator/config';
import type { Serving, TaskEngine } from '@master-orchestrator/contracts';
import { CLOCK, OrchestratorError } from '@master-orchestrator/errors';
import { TOOL_REGISTRY } from '@master-orchestrator/tools';
import type { CompositionRoot } from './composition-root.js';
import { flushSinks } from './plugins/flush-sinks.js';
import type { TaskBook } from './tasks/task-book.js';
import { EVENT_BUS, MODEL_REGISTRY, PLUGIN_REGISTRY } from './tokens.js';

/** Stops in order: nothing new, running steps end or are aborted, plugins close in reverse order. */
export class ShutDown {
  readonly #root: CompositionRoot;
  readonly #engine: TaskEngine;
  serving: Serving | undefined;
  schedules: { stop(): void } | undefined;
  following: Promise<void> | undefined;
  /** What goes on beside the work after its start. */ afterwards: Promise<void> | undefined;
  readonly #closing = new AbortController();
  /** Begins to take tasks from the engine. */ begin: () => Promise<void> = () => Promise.resolve();
  #working: Promise<void> | undefined;

  constructor(root: CompositionRoot, engine: TaskEngine) {
    this.#root = root;
    this.#engine = engine;
  }

  get isClosing(): boolean {
    return this.closing.aborted;
  }

  /** Fires when it begins to close. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Begins to take tasks, once. */
  work(): Promise<void> {
    this.#working ??= this.begin();
    return this.#working;
  }

  /** Aborts the steps that a drain still waits for. */
  async hurry(): Promise<void> {
    await this.#engine.stop({ graceMs: 0 });
  }

  async close(tasks: TaskBook, drainMs: number): Promise<void> {
    this.#closing.abort();
    this.schedules?.stop();
    const { shutdown } = this.#root.resolve(CONFIG);
    await this.#working?.catch(() => undefined);
    await this.afterwards;
    await this.serving?.drain(drainMs);
    if (!this.#engine.caps.durable) await this.#cancelUnfinished(tasks);
    await this.#engine.stop({ graceMs: shutdown.abortMs });
    await this.following;
    for (const task of tasks.live()) {
      const closed = new OrchestratorError(
        'ORCHESTRATOR_CLOSED',
        `The orchestrator was shut down before task "${task.record.id}" ended; it stays in the store.`,
      );
      for (const waiter of task.waiters.splice(0)) waiter.reject(closed);
    }
    const [plugins, bus] = [this.#root.resolve(PLUGIN_REGISTRY), this.#root.resolve(EVENT_BUS)];
    const sinks = plugins.contributions('eventSinks');
    await flushSinks(sinks, { bus, clock: this.#root.resolve(CLOCK), limitMs: shutdown.abortMs });
    await this.#root.resolve(TOOL_REGISTRY).stop();
    await plugins.dispose();
    for (const provider of this.#root.resolve(MODEL_REGISTRY).list()) {
      await plugins.call(provider.name, 'model.dispose', () => provider.dispose?.()).catch(() => undefined);
    }
    bus.close();
    await this.#root.dispose();
  }

  /** With nothing on disk a task cannot go on later, so that each gets its end now. */
  async #cancelUnfinished(tasks: TaskBook): Promise<void> {
    const open = tasks
      .live()
      .filter(({ status, result, error }) => status !== 'pending' && result === undefined && error === undefined);
    const ends = open.map((task) =>
      tasks.settled(task).then(
        () => undefined,
        () => undefined,
      ),
    );
    for (const task of open) await this.#engine.cancel(task.record.id, 'shutdown');
    await Promise.all(ends);
    for (const task of tasks.live()) if (task.status === 'pending') await tasks.endPending(task, 'shutdown');
  }
}

import type { AgentDefinition, EventOf, EventType, OrchestratorEvent } from '@master-orchestrator/contracts';
import { createOrchestrator, type MasterOrchestrator, type OrchestratorOptions } from '@master-orchestrator/core';
import { CLOCK, RANDOM } from '@master-orchestrator/errors';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';
import { seededRandom, virtualClock, type VirtualClock } from '@master-orchestrator/testing';
import { setImmediate as immediate, setTimeout as pause } from 'node:timers/promises';

/** Turns of the event loop without anything on the wire after which nothing more can happen without time. */
const QUIET_TURNS = 8;

/** What a scene is made of. */
export interface OutageSceneOptions {
  /** Where models are reached, by the provider's name; its model is `<name>:m`. */
  readonly services: Readonly<Record<string, { readonly url: string }>>;
  readonly config?: OrchestratorOptions['config'];
  readonly recovery?: AgentDefinition['recovery'];
  /** Model calls that wait for virtual time at the server. @default none ever does */ readonly held?: () => number;
  readonly clock?: VirtualClock;
}

/**
 * An orchestrator whose time is virtual and whose requests are real: time stands still while anything is on the wire,
 * and moves to the next timer as soon as nothing is. An outage of 30 s takes as long as its requests.
 */
export class OutageScene {
  readonly clock: VirtualClock;
  readonly events: OrchestratorEvent[] = [];
  readonly orchestrator: MasterOrchestrator;
  readonly #agentId: string;
  readonly #held: () => number;
  readonly #onWire = new Set<string>();
  #ended = 0;

  private constructor(orchestrator: MasterOrchestrator, agentId: string, clock: VirtualClock, held: () => number) {
    this.orchestrator = orchestrator;
    this.clock = clock;
    this.#agentId = agentId;
    this.#held = held;
    orchestrator.listen('scene', (event) => {
      this.events.push(event);
      // A call that a breaker refused ends without a start: it was never on the wire.
      if (event.type === 'model-call-start') this.#onWire.add(`${event.taskId} ${event.data.attempt}`);
      else if (event.type === 'model-call-end') this.#onWire.delete(`${event.taskId} ${event.data.attempt}`);
      else if (event.type === 'task-end') this.#ended += 1;
    });
  }

  static async open(options: OutageSceneOptions): Promise<OutageScene> {
    const { services, config, recovery, held = () => 0, clock = virtualClock() } = options;
    const orchestrator = await createOrchestrator({
      plugins: Object.entries(services).map(([name, { url }]) =>
        openaiModelPlugin({ name, apiKey: 'sk-loopback-0123456789', baseUrl: url, models: ['m'], clock }),
      ),
      ...(config === undefined ? {} : { config }),
      rebind: (root) => {
        root.rebind(CLOCK, () => clock);
        root.rebind(RANDOM, () => seededRandom('outage'));
      },
    });
    const agentId = await orchestrator.createAgent({
      name: 'worker',
      instructions: 'Work.',
      model: Object.keys(services).map((name) => `${name}:m`),
      ...(recovery === undefined ? {} : { recovery }),
    });
    return new OutageScene(orchestrator, agentId, clock, held);
  }

  /** Queues tasks. */
  async submit(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const id = await this.orchestrator.createTask({ description: `task ${index}`, agentId: this.#agentId });
      await this.orchestrator.enqueueTask(id);
      ids.push(id);
    }
    return ids;
  }

  /** Lets time pass until as many tasks have ended as were ever submitted. */
  async untilEnded(count: number): Promise<void> {
    while (this.#ended < count) {
      await this.#quiet();
      if (this.#ended >= count) return;
      const nextInMs = this.clock.nextTimerInMs;
      if (nextInMs === undefined) throw new Error(`${this.#ended} of ${count} tasks have ended, and nothing waits.`);
      this.clock.advance(nextInMs);
    }
    await this.#quiet();
  }

  /** Lets this much time pass. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.monotonic() + ms;
    for (;;) {
      await this.#quiet();
      const leftMs = until - this.clock.monotonic();
      const nextInMs = this.clock.nextTimerInMs;
      if (nextInMs === undefined || nextInMs > leftMs) return this.clock.advance(leftMs);
      this.clock.advance(nextInMs);
    }
  }

  /** Events of one type so far. */
  of<Type extends EventType>(type: Type): EventOf<Type>[] {
    return this.events.filter((event) => event.type === type) as unknown as EventOf<Type>[];
  }

  /** How many tasks ended in each way. */
  ends(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { data } of this.of('task-end')) counts[data.status] = (counts[data.status] ?? 0) + 1;
    return counts;
  }

  /** Shutting down waits too, if only for a moment: time goes on until it is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closing = { isDone: false };
    const closed = this.orchestrator.shutdown({ drainMs: 0 }).finally(() => (closing.isDone = true));
    while (!closing.isDone) {
      await immediate();
      this.clock.advance(1);
    }
    await closed;
  }

  /** Waits until nothing can happen any more without time. */
  async #quiet(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS;) {
      await immediate();
      if (this.#onWire.size > this.#held()) {
        quiet = 0;
        await pause(1);
      } else quiet += 1;
    }
  }
}

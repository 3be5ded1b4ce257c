import { optional, type Limits, type TaskEngine } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';

const NAMESPACE = 'lanes';
/** Row of what holds for all lanes; no agent has this id. */
const ALL = '*';

/** What the engine is told of an agent: its lane is its id. */
interface Lane {
  /** Tasks of it that run at once. */ readonly limit?: number;
  /** Team whose turns it shares. */ readonly team?: string;
}

/**
 * Tells the engine how many tasks of which agent may run, and which agents take turns as one team. Kept in the shared
 * state, because limits hold for all processes and no process knows every agent.
 */
export class LaneLimits {
  readonly #engine: TaskEngine;
  readonly #base: Limits;
  readonly #isWorker: boolean;
  readonly #lanes = new Map<string, Lane>();
  #told = '';

  /** @param isWorker - False: the limits of all lanes are left to the processes that work. */
  constructor(engine: TaskEngine, base: Limits, isWorker: boolean) {
    this.#engine = engine;
    this.#base = base;
    this.#isWorker = isWorker;
  }

  /** Takes over what earlier and other processes know of lanes. */
  async start(): Promise<void> {
    if (this.#isWorker) await this.#engine.state.put(NAMESPACE, ALL, this.#base as unknown as Json);
    await this.#tell();
  }

  /** Notes what an agent asks for. */
  async note(agentId: string, lane: Lane): Promise<void> {
    const { limit, team } = this.#lanes.get(agentId) ?? {};
    if (lane.limit === limit && lane.team === team) return;
    this.#lanes.set(agentId, lane);
    await this.#engine.state.put(NAMESPACE, agentId, { ...lane });
    await this.#tell();
  }

  async forget(agentId: string): Promise<void> {
    if (!this.#lanes.delete(agentId)) return;
    await this.#engine.state.delete(NAMESPACE, agentId);
    await this.#tell();
  }

  async #tell(): Promise<void> {
    let base = this.#isWorker ? this.#base : undefined;
    if (this.#engine.caps.durable) base = await this.#readAll();
    // Where no worker has said what holds for all, there is nothing to tell yet: the first one does it.
    if (base === undefined) return;
    const lanes: Record<string, number> = {};
    const shares: Record<string, string> = {};
    for (const [id, { limit, team }] of this.#lanes) {
      if (limit !== undefined) lanes[id] = limit;
      if (team !== undefined) shares[id] = team;
    }
    const limits = {
      ...base,
      ...optional({
        lanes: Object.keys(lanes).length > 0 ? lanes : undefined,
        shares: Object.keys(shares).length > 0 ? shares : undefined,
      }),
    };
    const text = JSON.stringify(limits);
    if (text === this.#told) return;
    this.#told = text;
    await this.#engine.setLimits(limits);
  }

  async #readAll(): Promise<Limits | undefined> {
    let base: Limits | undefined;
    let cursor: string | undefined;
    this.#lanes.clear();
    do {
      const page = await this.#engine.state.scan(NAMESPACE, '', cursor);
      for (const { key, value } of page.items) {
        if (key === ALL) base = value as Limits;
        else this.#lanes.set(key, value as Lane);
      }
      cursor = page.next;
    } while (cursor !== undefined);
    return base;
  }
}

import type { EventOf } from '@master-orchestrator/contracts';
import { LabelValues } from './label-values.js';

/** Agents whose names are remembered; ids of more are not told apart. */
const MOST_AGENTS = 10_000;

/** Names of agents by id: ids are made anew for each agent, names are what people compare over time. */
export class AgentNames {
  readonly #names = new Map<string, string>();
  readonly #labels: LabelValues;
  #count = 0;

  constructor(maxLabelValues: number) {
    this.#labels = new LabelValues(maxLabelValues);
  }

  /** Agents there are. */
  get count(): number {
    return this.#count;
  }

  /** An agent was created, changed or removed. */
  take({ type, agentId, data }: EventOf<'agent-create' | 'agent-update' | 'agent-delete'>): void {
    if (type === 'agent-create') this.#count += 1;
    if (type !== 'agent-delete') return this.learn(agentId, data.name);
    this.#count = Math.max(0, this.#count - 1);
    if (agentId !== undefined) this.#names.delete(agentId);
  }

  /** A name was told with an id. */
  learn(agentId: string | undefined, name: string): void {
    if (agentId === undefined || (this.#names.size >= MOST_AGENTS && !this.#names.has(agentId))) return;
    this.#names.set(agentId, name);
  }

  /** The label of an agent. @param fallback - Its name, where the id is not known */
  label(agentId: string | undefined, fallback?: string): string {
    return this.#labels.of((agentId === undefined ? undefined : this.#names.get(agentId)) ?? fallback);
  }
}

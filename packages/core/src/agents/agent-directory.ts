import { optional, type AgentDefinition, type AgentView, type TaskEngine } from '@master-orchestrator/contracts';
import { OrchestratorError, type SecretMask } from '@master-orchestrator/errors';
import type { ToolRegistry } from '@master-orchestrator/tools';
import type { EventBus } from '../events/event-bus.js';
import type { ModelRegistry } from '../models/model-registry.js';
import { nearest } from '../nearest.js';
import type { RecoveryPlans } from '../run/recovery-plans.js';
import type { AgentStore } from './agent-store.js';
import type { LaneLimits } from './lane-limits.js';
import type { AgentBook, AgentRevision, CreateAgentOptions } from './agent-book.js';

/** Collaborators of an {@link AgentDirectory}. */
export interface AgentDirectoryParts {
  readonly agents: AgentBook;
  readonly tools: ToolRegistry;
  readonly models: ModelRegistry;
  readonly engine: TaskEngine;
  readonly bus: EventBus;
  readonly plans: RecoveryPlans;
  readonly lanes: LaneLimits;
  /** Takes secrets out of what is stored. */ readonly mask: SecretMask;
  /** Keeps definitions; only with a durable engine. */ readonly store?: AgentStore;
}

/** Creates, changes and removes agents, and keeps tools and engine in step with them. */
export class AgentDirectory {
  readonly #parts: AgentDirectoryParts;
  readonly #paused = new Set<string>();
  readonly #running = new Map<string, number>();

  constructor(parts: AgentDirectoryParts) {
    this.#parts = parts;
  }

  /** @throws OrchestratorError AGENT_INVALID, TOOL_UNKNOWN, AGENT_UNKNOWN, MODEL_UNKNOWN */
  async create(given: AgentDefinition<unknown>, options: CreateAgentOptions): Promise<AgentRevision> {
    const definition = this.#masked(given);
    let agent = this.#parts.agents.create(definition, options);
    try {
      this.#checkNames(agent);
      const { store } = this.#parts;
      if (store !== undefined) {
        agent = this.#parts.agents.renumber(agent, await store.revisionFor(agent.id, definition, agent.tools));
        await store.save(agent);
      }
    } catch (error) {
      this.#parts.agents.delete(agent.id);
      throw error;
    }
    await this.#enrol(agent);
    const { id: agentId, revision, template } = agent;
    this.#parts.bus.announce(
      'agent-create',
      { name: definition.name, revision, ...(template === undefined ? {} : { template }) },
      { agentId },
    );
    return agent;
  }

  /** @throws OrchestratorError AGENT_UNKNOWN, AGENT_INVALID, TOOL_UNKNOWN, MODEL_UNKNOWN */
  async update(id: string, change: Partial<AgentDefinition<unknown>>): Promise<AgentRevision> {
    const before = this.#parts.agents.get(id);
    const agent = this.#parts.agents.update(id, this.#masked(change));
    try {
      this.#checkNames(agent);
      await this.#parts.store?.save(agent);
    } catch (error) {
      this.#parts.agents.restore(before);
      throw error;
    }
    await this.#enrol(agent);
    this.#parts.bus.announce(
      'agent-update',
      { name: agent.definition.name, revision: agent.revision },
      { agentId: id },
    );
    return agent;
  }

  /** @throws OrchestratorError AGENT_UNKNOWN */
  async delete(id: string): Promise<void> {
    const agent = this.#parts.agents.delete(id);
    this.#parts.tools.forgetAgent(id);
    this.#paused.delete(id);
    await this.#parts.lanes.forget(id);
    this.#parts.bus.announce('agent-delete', { name: agent.definition.name }, { agentId: id });
  }

  /** Nothing of this agent is started any more. @throws OrchestratorError AGENT_UNKNOWN */
  async pause(id: string): Promise<void> {
    this.#parts.agents.get(id);
    this.#paused.add(id);
    await this.#parts.engine.pauseLane(id);
  }

  /** Undoes {@link pause}. @throws OrchestratorError AGENT_UNKNOWN */
  async resume(id: string): Promise<void> {
    this.#parts.agents.get(id);
    this.#paused.delete(id);
    await this.#parts.engine.resumeLane(id);
  }

  /** The revision a run began with: of this process, else from the store. `undefined` where neither has it. */
  async revision(id: string, revision: number): Promise<AgentRevision | undefined> {
    const known = this.#parts.agents.pinned(id, revision);
    if (known !== undefined) return known;
    const stored = await this.#parts.store?.load(id, revision);
    if (stored === undefined) return undefined;
    const isFirst = !this.#parts.agents.has(id);
    const agent = this.#parts.agents.adopt(stored);
    if (isFirst) await this.#enrol(agent);
    return agent;
  }

  /** What an agent is doing. */
  statusOf(id: string): AgentView['status'] {
    if (this.#paused.has(id)) return 'paused';
    return (this.#running.get(id) ?? 0) > 0 ? 'running' : 'idle';
  }

  /** A task of an agent began (+1) or ended (-1) running here. */
  countRunning(id: string, change: 1 | -1): void {
    const count = (this.#running.get(id) ?? 0) + change;
    if (count > 0) this.#running.set(id, count);
    else this.#running.delete(id);
  }

  /** What people wrote into a definition is stored and shown; a secret in it would be, too. */
  #masked<Part extends Partial<AgentDefinition<unknown>>>(part: Part): Part {
    const { mask } = this.#parts;
    const { instructions, description, labels } = part;
    const words = optional({ instructions, description, labels });
    const masked = mask(words);
    return masked === words ? part : { ...part, ...masked };
  }

  async #enrol(agent: AgentRevision): Promise<void> {
    const { id, definition, team, tools } = agent;
    const { role } = definition;
    this.#parts.tools.registerAgent({
      id,
      name: definition.name,
      tools,
      ...(role === undefined ? {} : { role }),
      ...(team === undefined ? {} : { team }),
    });
    await this.#parts.lanes.note(id, optional({ limit: definition.limits?.concurrentTasks, team }));
  }

  #checkNames(agent: AgentRevision): void {
    for (const name of agent.tools) {
      if (this.#parts.tools.getTool(name) !== undefined) continue;
      const known = this.#parts.tools.listTools().map((tool) => tool.name);
      const guess = nearest(name, known);
      const hint = guess === undefined ? `Registered: ${known.join(', ') || 'none'}.` : `Did you mean "${guess}"?`;
      throw new OrchestratorError(
        'TOOL_UNKNOWN',
        `Agent "${agent.definition.name}" names the tool "${name}", which is not registered. ${hint} Tools come from plugins or registerTool().`,
      );
    }
    const { delegates = [], fallbackAgents = [] } = agent.definition;
    for (const delegate of [...delegates, ...fallbackAgents]) this.#parts.agents.find(delegate, agent.team);
    for (const handoff of agent.definition.handoffs ?? []) {
      this.#parts.agents.find(typeof handoff === 'string' ? handoff : handoff.agent, agent.team);
    }
    this.#parts.models.targets(agent.definition.model);
    this.#parts.plans.check(agent.definition.recovery, 'AGENT_INVALID', `Agent "${agent.definition.name}"`);
  }
}

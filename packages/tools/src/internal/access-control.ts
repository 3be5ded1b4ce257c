import type { AnyTool } from '@master-orchestrator/contracts';
import { brokenRule } from './argument-rules.js';
import type { GrantConstraints, GrantRecord, GrantSubject, ToolAgent } from '../tool-grant.js';

/** One reason why an agent may use a tool. */
export interface AccessWay {
  readonly reason: string;
  readonly grantId?: string;
  readonly constraints?: GrantConstraints;
  readonly expiresAt?: number;
}

/** The ways of an agent and of each agent above it; one way of each level must hold. */
export type AccessLevels = readonly (readonly AccessWay[])[];

/** Whether an agent may use a tool at all. */
export interface Access {
  /** Undefined where it may. */ readonly denial?: string;
  readonly levels: AccessLevels;
  /** One unconstrained way per level, where every level has one. */ readonly free?: AccessWay;
  /** From this moment on the access must be looked up again. */ readonly validUntil: number;
}

/** Agents that made agents are followed at most this far. */
const MAX_LEVELS = 32;

/** What an agent's tool list grants. */
const BY_DEFINITION: AccessWay = { reason: 'named in the tools of the agent' };
const BY_PUBLIC: AccessWay = { reason: 'the tool is public' };
const BY_BUILT_IN: AccessWay = { reason: 'the tool is built in' };

/** Who may use what. Holds agents and grants in memory and answers from a cache. */
export class AccessControl {
  readonly #agents = new Map<string, ToolAgent>();
  readonly #tools = new Map<string, ReadonlySet<string>>();
  readonly #grants = new Map<string, GrantRecord>();
  /** By agent and tool; the tool itself and not its name, as a run may go on with an older one of that name. */
  readonly #cache = new Map<string, Map<AnyTool, Access>>();
  #revision = 0;

  constructor(
    readonly isDefaultDeny: boolean,
    readonly now: () => number,
  ) {}

  agent(id: string): ToolAgent | undefined {
    return this.#agents.get(id);
  }

  putAgent(agent: ToolAgent): void {
    this.#agents.set(agent.id, agent);
    this.#tools.set(agent.id, new Set(agent.tools));
    this.changed();
  }

  removeAgent(id: string): boolean {
    this.#tools.delete(id);
    const wasKnown = this.#agents.delete(id);
    if (wasKnown) this.changed();
    return wasKnown;
  }

  /** True where `id` is `of` or one of those above it. */
  isAbove(id: string, of: string): boolean {
    let current: string | undefined = of;
    for (let level = 0; current !== undefined && level < MAX_LEVELS; level += 1) {
      if (current === id) return true;
      current = this.#agents.get(current)?.parent;
    }
    return false;
  }

  grant(id: string): GrantRecord | undefined {
    return this.#grants.get(id);
  }

  grants(): GrantRecord[] {
    return [...this.#grants.values()];
  }

  putGrant(grant: GrantRecord): void {
    this.#grants.set(grant.id, grant);
    this.changed();
  }

  removeGrant(id: string): boolean {
    const wasKnown = this.#grants.delete(id);
    if (wasKnown) this.changed();
    return wasKnown;
  }

  replaceGrants(grants: readonly GrantRecord[]): void {
    this.#grants.clear();
    for (const grant of grants) this.#grants.set(grant.id, grant);
    this.changed();
  }

  /** Counts up whenever somebody may be allowed something else than before, but for grants that run out. */
  get revision(): number {
    return this.#revision;
  }

  changed(): void {
    this.#revision += 1;
    this.#cache.clear();
  }

  decide(agentId: string, tool: AnyTool, isBuiltIn = false): Access {
    const known = this.#cache.get(agentId)?.get(tool);
    if (known !== undefined && (known.validUntil === Number.POSITIVE_INFINITY || known.validUntil > this.now()))
      return known;
    const access = this.#decide(agentId, tool, isBuiltIn);
    let ofAgent = this.#cache.get(agentId);
    if (ofAgent === undefined) {
      if (this.#cache.size >= 10_000) this.#cache.clear();
      this.#cache.set(agentId, (ofAgent = new Map()));
    }
    ofAgent.set(tool, access);
    return access;
  }

  #decide(agentId: string, tool: AnyTool, isBuiltIn: boolean): Access {
    if (isBuiltIn) return { levels: [[BY_BUILT_IN]], free: BY_BUILT_IN, validUntil: Number.POSITIVE_INFINITY };
    const levels: AccessWay[][] = [];
    let validUntil = Number.POSITIVE_INFINITY;
    let current: string | undefined = agentId;
    while (current !== undefined) {
      const ways = this.#ways(current, tool);
      for (const way of ways) validUntil = Math.min(validUntil, way.expiresAt ?? validUntil);
      levels.push(ways);
      if (ways.length === 0) return { denial: this.#denial(agentId, current, tool), levels, validUntil };
      if (levels.length > MAX_LEVELS)
        return { denial: `more than ${MAX_LEVELS} agents stand above it`, levels, validUntil };
      current = this.#agents.get(current)?.parent;
    }
    const isFree = levels.every((ways) => ways[0]?.constraints === undefined);
    const free = isFree ? levels[0]?.[0] : undefined;
    return free === undefined ? { levels, validUntil } : { levels, free, validUntil };
  }

  #denial(agentId: string, at: string, tool: AnyTool): string {
    const what =
      tool.accessLevel === 'public' ? 'public, but this registry denies by default,' : `${tool.accessLevel} and`;
    if (at !== agentId) return `it is ${what} not granted to "${at}", which stands above this agent`;
    return `it is ${what} not granted to this agent`;
  }

  /** Ways without constraints first. */
  #ways(agentId: string, tool: AnyTool): AccessWay[] {
    const ways: AccessWay[] = [];
    if (tool.accessLevel === 'public' && !this.isDefaultDeny) ways.push(BY_PUBLIC);
    if (this.#tools.get(agentId)?.has(tool.name)) ways.push(BY_DEFINITION);
    const agent = this.#agents.get(agentId);
    const now = this.now();
    for (const grant of this.#grants.values()) {
      if (grant.expiresAt !== undefined && grant.expiresAt <= now) continue;
      if (grant.tool !== tool.name && grant.category !== tool.category) continue;
      if (!isFor(grant.to, agentId, agent)) continue;
      const way: AccessWay = {
        reason: `grant ${grant.id}`,
        grantId: grant.id,
        ...(grant.constraints === undefined ? {} : { constraints: grant.constraints }),
        ...(grant.expiresAt === undefined ? {} : { expiresAt: grant.expiresAt }),
      };
      if (way.constraints === undefined) ways.unshift(way);
      else ways.push(way);
    }
    return ways;
  }
}

function isFor(to: GrantSubject, agentId: string, agent: ToolAgent | undefined): boolean {
  if ('agent' in to) return to.agent === agentId;
  if ('role' in to) return agent?.role === to.role;
  return agent?.team === to.team;
}

/** One way per level of agents whose rules the input keeps, or which rule it breaks. */
export function chooseWays(access: Access, input: unknown): readonly AccessWay[] | string {
  if (access.free !== undefined) return [access.free];
  const chosen: AccessWay[] = [];
  for (const ways of access.levels) {
    let problem: string | undefined;
    const way = ways.find(({ constraints }) => {
      problem = brokenRule(constraints?.arguments ?? [], input);
      return problem === undefined;
    });
    if (way === undefined) return problem ?? 'no grant covers this call';
    chosen.push(way);
  }
  return chosen;
}

const UNCONSTRAINED: readonly GrantConstraints[] = [];

/** What narrows the chosen ways. */
export function constraintsOf(ways: readonly AccessWay[]): readonly GrantConstraints[] {
  if (ways.every(({ constraints }) => constraints === undefined)) return UNCONSTRAINED;
  return ways.flatMap(({ constraints }) => (constraints === undefined ? [] : [constraints]));
}

import { isSchema, optional, type AgentDefinition, type AgentView, type EpochMs } from '@master-orchestrator/contracts';
import { OrchestratorError, type Clock } from '@master-orchestrator/errors';
import { z } from 'zod';
import { nearest } from '../nearest.js';

/** One revision of an agent; running tasks keep the one they began with. */
export interface AgentRevision {
  readonly id: string;
  readonly revision: number;
  readonly definition: AgentDefinition<unknown>;
  /** Tools by name: the definition's and those added at creation. */ readonly tools: readonly string[];
  readonly createdAt: EpochMs;
  readonly template?: string;
  readonly team?: string;
}

/** What {@link AgentBook.create} can be given beyond the definition. */
export interface CreateAgentOptions {
  /** Added to the definition's tools. */ readonly tools?: readonly string[];
  /** Fixed id, so that a restarted program finds its durable tasks again. @default made from the name */
  readonly id?: string;
  readonly team?: string;
  readonly template?: string;
}

/** Which agents to list; given fields must all match. */
export interface AgentFilter {
  readonly name?: string;
  readonly role?: string;
  readonly team?: string;
  readonly template?: string;
}

interface Entry {
  readonly revisions: Map<number, AgentRevision>;
  current: AgentRevision;
}

const positive = z.number().int().positive();
const fun = z.custom<unknown>((value) => typeof value === 'function', 'must be a function');
const schema = z.custom<unknown>(isSchema, 'must be a zod schema');
const budgetShape = z.strictObject({
  tokens: positive.optional(),
  requests: positive.optional(),
  costUsd: z.number().nonnegative().optional(),
  wallMs: positive.optional(),
  warnAt: z.number().min(0).max(1).optional(),
  allowUnpriced: z.boolean().optional(),
  onExhausted: z.enum(['fail', 'ask']).optional(),
});
const guardrail = z.strictObject({
  name: z.string().min(1),
  mode: z.enum(['blocking', 'parallel']).optional(),
  check: fun,
});
const names = z.array(z.string().min(1)).readonly();
const definitionShape = z.strictObject({
  name: z.string().trim().min(1).max(128),
  description: z.string().optional(),
  role: z.string().optional(),
  instructions: z.string(),
  model: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).readonly()]).optional(),
  settings: z
    .looseObject({ temperature: z.number().min(0).max(2).optional(), maxOutputTokens: positive.optional() })
    .optional(),
  tools: names.optional(),
  delegates: names.optional(),
  canStartInBackground: z.boolean().optional(),
  handoffs: z
    .array(z.union([z.string().min(1), z.looseObject({ agent: z.string().min(1) })]))
    .readonly()
    .optional(),
  outputSchema: schema.optional(),
  userContextSchema: schema.optional(),
  outputFallback: z.unknown().optional(),
  fallbackAgents: names.optional(),
  fallbackResult: z.unknown().optional(),
  limits: z
    .strictObject({
      turns: positive.optional(),
      parallelToolCalls: positive.optional(),
      turnTimeoutMs: positive.optional(),
      taskTimeoutMs: positive.optional(),
      toolTimeoutMs: positive.optional(),
      concurrentTasks: positive.optional(),
      model: z.looseObject({}).optional(),
    })
    .optional(),
  budget: budgetShape.optional(),
  recovery: z.record(z.string(), z.array(z.looseObject({ strategy: z.string() })).readonly()).optional(),
  stopWhen: z.array(fun).readonly().optional(),
  beforeTurn: fun.optional(),
  inputGuardrails: z.array(guardrail).readonly().optional(),
  outputGuardrails: z.array(guardrail).readonly().optional(),
  labels: z.record(z.string(), z.string()).optional(),
});

/** Checks the bounds of a budget. @throws OrchestratorError with `code` */
export function checkBudget(value: unknown, code: string, what: string): void {
  const checked = budgetShape.safeParse(value);
  if (!checked.success) throw new OrchestratorError(code, `${what}: ${issuesOf(checked.error)}.`);
}

/** All agents with their revisions. */
export class AgentBook {
  readonly #agents = new Map<string, Entry>();
  readonly #leads = new Map<string, string>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws OrchestratorError AGENT_INVALID */
  create<Output>(definition: AgentDefinition<Output>, options: CreateAgentOptions = {}): AgentRevision {
    checkDefinition(definition);
    const id = options.id ?? this.#freeId(definition.name);
    if (this.#agents.has(id)) {
      throw new OrchestratorError(
        'AGENT_INVALID',
        `An agent with id "${id}" exists already. Use updateAgent() to change it.`,
      );
    }
    const first = this.#revision(id, 1, definition, options);
    this.#agents.set(id, { revisions: new Map([[1, first]]), current: first });
    return first;
  }

  /** Adds a revision; tasks that began with an earlier one keep it. @throws OrchestratorError AGENT_UNKNOWN, AGENT_INVALID */
  update(id: string, change: Partial<AgentDefinition<unknown>>): AgentRevision {
    const entry = this.#entry(id);
    const definition = { ...entry.current.definition, ...change };
    checkDefinition(definition);
    const added = entry.current.tools.filter((tool) => !(entry.current.definition.tools ?? []).includes(tool));
    const next = this.#revision(id, entry.current.revision + 1, definition, { ...entry.current, tools: added });
    entry.revisions.set(next.revision, next);
    entry.current = next;
    return next;
  }

  /** Takes in a revision that was stored: the first one of this process where the agent is not known yet. */
  adopt(agent: AgentRevision): AgentRevision {
    const entry = this.#agents.get(agent.id);
    if (entry === undefined)
      this.#agents.set(agent.id, { revisions: new Map([[agent.revision, agent]]), current: agent });
    else entry.revisions.set(agent.revision, agent);
    return agent;
  }

  /** Gives the only revision of an agent another number: the store knew it already. */
  renumber(agent: AgentRevision, revision: number): AgentRevision {
    if (agent.revision === revision) return agent;
    const entry = this.#entry(agent.id);
    const renumbered = { ...agent, revision };
    entry.revisions.delete(agent.revision);
    entry.revisions.set(revision, renumbered);
    entry.current = renumbered;
    return renumbered;
  }

  /** Takes the newest revision back. */
  restore(before: AgentRevision): void {
    const entry = this.#entry(before.id);
    entry.revisions.delete(entry.current.revision);
    entry.current = before;
  }

  /** Names the agent that gets the tasks of a team. */
  setLead(team: string, agentId: string): void {
    this.#leads.set(team, agentId);
  }

  /** The agent that gets the tasks of a team. @throws OrchestratorError AGENT_UNKNOWN */
  leadOf(team: string): AgentRevision {
    const lead = this.#leads.get(team);
    if (lead !== undefined) return this.#entry(lead).current;
    const known = [...this.#leads.keys()];
    throw new OrchestratorError(
      'AGENT_UNKNOWN',
      `There is no team "${team}" with a lead. Known teams: ${known.join(', ') || 'none'}.`,
      { category: 'VALIDATION_ERROR' },
    );
  }

  /** @throws OrchestratorError AGENT_UNKNOWN */
  delete(id: string): AgentRevision {
    const { current } = this.#entry(id);
    this.#agents.delete(id);
    return current;
  }

  /** The present revision, by id. @throws OrchestratorError AGENT_UNKNOWN, naming the nearest known ones */
  get(id: string): AgentRevision {
    return this.#entry(id).current;
  }

  /** True where this process knows the agent. */
  has(id: string): boolean {
    return this.#agents.has(id);
  }

  /** A given revision, or `undefined` where this process does not have it. */
  pinned(id: string, revision: number): AgentRevision | undefined {
    return this.#agents.get(id)?.revisions.get(revision);
  }

  /** By id, or by name where exactly one agent has it (of this team first). @throws OrchestratorError AGENT_UNKNOWN */
  find(idOrName: string, team?: string): AgentRevision {
    const byId = this.#agents.get(idOrName);
    if (byId !== undefined) return byId.current;
    const named = [...this.#agents.values()]
      .map(({ current }) => current)
      .filter(({ definition }) => definition.name === idOrName);
    const ofTeam = named.filter((agent) => agent.team !== undefined && agent.team === team);
    const found = ofTeam.length === 1 ? ofTeam[0] : named.length === 1 ? named[0] : undefined;
    if (found !== undefined) return found;
    if (named.length > 1) {
      throw new OrchestratorError(
        'AGENT_UNKNOWN',
        `${named.length} agents are named "${idOrName}": use the id (${named.map(({ id }) => id).join(', ')}).`,
      );
    }
    throw this.#unknown(idOrName);
  }

  /** Present revisions, in order of creation. */
  list(filter: AgentFilter = {}): AgentRevision[] {
    return [...this.#agents.values()]
      .map(({ current }) => current)
      .filter(
        ({ definition, team, template }) =>
          (filter.name === undefined || definition.name === filter.name) &&
          (filter.role === undefined || definition.role === filter.role) &&
          (filter.team === undefined || team === filter.team) &&
          (filter.template === undefined || template === filter.template),
      );
  }

  #entry(id: string): Entry {
    const entry = this.#agents.get(id);
    if (entry === undefined) throw this.#unknown(id);
    return entry;
  }

  #unknown(id: string): OrchestratorError {
    const known = [...this.#agents.keys()];
    const guess = nearest(id, known);
    const hint =
      guess !== undefined
        ? `Did you mean "${guess}"?`
        : known.length === 0
          ? 'Create one with createAgent().'
          : `Known: ${known.slice(0, 10).join(', ')}.`;
    return new OrchestratorError('AGENT_UNKNOWN', `There is no agent "${id}". ${hint}`, {
      category: 'VALIDATION_ERROR',
    });
  }

  #revision(
    id: string,
    revision: number,
    definition: AgentDefinition<unknown>,
    options: CreateAgentOptions,
  ): AgentRevision {
    return {
      id,
      revision,
      definition,
      tools: [...new Set([...(definition.tools ?? []), ...(options.tools ?? [])])],
      createdAt: this.#clock.now(),
      ...optional({ template: options.template, team: options.team }),
    };
  }

  #freeId(name: string): string {
    const slug =
      name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-|-$/g, '')
        .slice(0, 48) || 'agent';
    for (let n = 1; ; n += 1) {
      const id = n === 1 ? `agent_${slug}` : `agent_${slug}-${n}`;
      if (!this.#agents.has(id)) return id;
    }
  }
}

/** The agent as listings show it. */
export function viewOfAgent(agent: AgentRevision, status: AgentView['status']): AgentView {
  const { definition } = agent;
  return {
    id: agent.id,
    name: definition.name,
    description: definition.description ?? '',
    ...optional({ role: definition.role, team: agent.team, model: definition.model }),
    tools: agent.tools,
    delegates: definition.delegates ?? [],
    revision: agent.revision,
    status,
    createdAt: agent.createdAt,
    labels: definition.labels ?? {},
  };
}

function checkDefinition(definition: unknown): void {
  const checked = definitionShape.safeParse(definition);
  if (checked.success) return;
  const name = (definition as { name?: unknown } | null)?.name;
  const label = typeof name === 'string' ? `Agent "${name}"` : 'The agent definition';
  throw new OrchestratorError('AGENT_INVALID', `${label} is not valid: ${issuesOf(checked.error)}.`);
}

function issuesOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`)
    .join('; ');
}

import {
  optional,
  type AgentDefinition,
  type EpochMs,
  type JsonSchema,
  type StateStore,
} from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { createHash } from 'node:crypto';
import { z, type ZodType } from 'zod';
import type { AgentRevision } from './agent-book.js';

const NAMESPACE = 'agents';

/** A revision as it is stored: everything of it that is data. */
interface StoredRevision {
  readonly id: string;
  readonly revision: number;
  /** Tells whether a definition is still the same, its code included. */ readonly fingerprint: string;
  /** True where hooks, predicates or guardrails belong to it: another process cannot run it from here. */ readonly hasCode: boolean;
  readonly definition: { readonly [key: string]: Json };
  readonly outputSchema?: JsonSchema;
  readonly userContextSchema?: JsonSchema;
  readonly tools: readonly string[];
  readonly createdAt: EpochMs;
  readonly template?: string;
  readonly team?: string;
}

/**
 * Keeps the revisions of agents in the shared state, so that a run goes on with the definition it began with: in the
 * same program after a restart, and in other processes where the definition is data alone.
 */
export class AgentStore {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** The revision number for a definition: that of the stored one where it is the same, else the next. */
  async revisionFor(id: string, definition: AgentDefinition<unknown>, tools: readonly string[]): Promise<number> {
    const latest = await this.#latest(id);
    if (latest === undefined) return 1;
    return latest.fingerprint === fingerprintOf(definition, tools) ? latest.revision : latest.revision + 1;
  }

  /** Stores a revision; one that is there stays. */
  async save(agent: AgentRevision): Promise<void> {
    const { outputSchema, userContextSchema } = agent.definition;
    const stored: StoredRevision = {
      id: agent.id,
      revision: agent.revision,
      fingerprint: fingerprintOf(agent.definition, agent.tools),
      hasCode: hasCode(agent.definition),
      definition: dataOf(agent.definition),
      tools: agent.tools,
      createdAt: agent.createdAt,
      ...optional({
        template: agent.template,
        team: agent.team,
        outputSchema: outputSchema === undefined ? undefined : jsonSchemaOf(outputSchema, 'output'),
        userContextSchema: userContextSchema === undefined ? undefined : jsonSchemaOf(userContextSchema, 'input'),
      }),
    };
    await this.#state.put(NAMESPACE, keyOf(agent.id, agent.revision), stored as unknown as Json, { ifVersion: 0 });
  }

  /** A stored revision, or `undefined` where there is none or where code belongs to it. */
  async load(id: string, revision: number): Promise<AgentRevision | undefined> {
    const row = await this.#state.get(NAMESPACE, keyOf(id, revision));
    const stored = row?.value as unknown as StoredRevision | undefined;
    if (stored === undefined || stored.hasCode) return undefined;
    const { definition, outputSchema, userContextSchema, tools, createdAt, template, team } = stored;
    const schemas = optional({ outputSchema: schemaOf(outputSchema), userContextSchema: schemaOf(userContextSchema) });
    return {
      id,
      revision,
      definition: { ...(definition as unknown as AgentDefinition<unknown>), ...schemas },
      tools,
      createdAt,
      ...optional({ template, team }),
    };
  }

  async #latest(id: string): Promise<StoredRevision | undefined> {
    let latest: StoredRevision | undefined;
    let cursor: string | undefined;
    do {
      const page = await this.#state.scan(NAMESPACE, `${id}@`, cursor);
      for (const { value } of page.items) latest = value as unknown as StoredRevision;
      cursor = page.next;
    } while (cursor !== undefined);
    return latest;
  }
}

/** Revisions sort by number. */
function keyOf(id: string, revision: number): string {
  return `${id}@${String(revision).padStart(8, '0')}`;
}

function dataOf(definition: AgentDefinition<unknown>): { readonly [key: string]: Json } {
  const { outputSchema: _output, userContextSchema: _context, ...rest } = definition;
  return JSON.parse(JSON.stringify(rest)) as { [key: string]: Json };
}

function hasCode(definition: AgentDefinition<unknown>): boolean {
  const { beforeTurn, stopWhen, inputGuardrails, outputGuardrails, handoffs } = definition;
  const lists = [stopWhen, inputGuardrails, outputGuardrails];
  const handoffCode = (handoffs ?? []).some(
    (handoff) => typeof handoff !== 'string' && (handoff.filter ?? handoff.inputSchema) !== undefined,
  );
  return beforeTurn !== undefined || handoffCode || lists.some((list) => (list ?? []).length > 0);
}

/** Data and the source of code: a changed hook is a changed agent. */
function fingerprintOf(definition: AgentDefinition<unknown>, tools: readonly string[]): string {
  const text = JSON.stringify({ ...definition, tools: [...tools].sort() }, (key, value: unknown) => {
    if (typeof value === 'function') return value.toString();
    if (key === 'userContextSchema') return jsonSchemaOf(value as ZodType, 'input');
    return key === 'outputSchema' ? jsonSchemaOf(value as ZodType, 'output') : value;
  });
  return createHash('sha256').update(text).digest('hex');
}

function jsonSchemaOf(schema: ZodType, io: 'input' | 'output'): JsonSchema {
  const converted = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // Said as a schema that was read back says it: an agent that is made from what is stored is the same agent.
      if (io === 'input' && jsonSchema.type === 'object') jsonSchema.additionalProperties ??= {};
    },
  });
  return converted as unknown as JsonSchema;
}

function schemaOf(stored: JsonSchema | undefined): ZodType | undefined {
  return stored === undefined ? undefined : z.fromJSONSchema(stored);
}

import { optional, type AgentDefinition, type AgentView, type StateStore } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { z } from 'zod';

/** The newest revision of an agent that a durable store keeps. */
export interface StoredAgent {
  readonly id: string;
  readonly revision: number;
  /** True where code belongs to it: only the program that has the code can run it. */ readonly hasCode: boolean;
  readonly definition: AgentDefinition<unknown>;
  /** All its tools, those added at creation included. */ readonly tools: readonly string[];
  readonly createdAt: number;
  readonly template?: string;
  readonly team?: string;
}

/** Where the orchestrator keeps revisions: `<id>@<revision>`. */
const NAMESPACE = 'agents';

const storedShape = z.looseObject({
  id: z.string(),
  revision: z.int(),
  hasCode: z.boolean(),
  definition: z.looseObject({ name: z.string(), instructions: z.string() }),
  outputSchema: z.record(z.string(), z.unknown()).optional(),
  userContextSchema: z.record(z.string(), z.unknown()).optional(),
  tools: z.array(z.string()),
  createdAt: z.number(),
  template: z.string().optional(),
  team: z.string().optional(),
});

/** The agents that a store keeps, each in its newest revision; entries of another form are left out. */
export async function storedAgents(state: StateStore): Promise<StoredAgent[]> {
  const newest = new Map<string, StoredAgent>();
  let cursor: string | undefined;
  do {
    const page = await state.scan(NAMESPACE, '', cursor);
    for (const { value } of page.items) {
      const parsed = storedShape.safeParse(value);
      if (!parsed.success) continue;
      const { id, revision, hasCode, tools, createdAt, template, team } = parsed.data;
      const whole = definitionOf(parsed.data);
      newest.set(id, { id, revision, hasCode, definition: whole, tools, createdAt, ...optional({ template, team }) });
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return [...newest.values()];
}

function definitionOf(stored: z.output<typeof storedShape>): AgentDefinition<unknown> {
  const { definition, outputSchema, userContextSchema } = stored;
  const schemas = optional({
    outputSchema: outputSchema === undefined ? undefined : z.fromJSONSchema(outputSchema),
    userContextSchema: userContextSchema === undefined ? undefined : z.fromJSONSchema(userContextSchema),
  });
  return { ...definition, ...schemas };
}

/**
 * Makes stored agents known to this process, those they hand work to first.
 *
 * @throws OrchestratorError TOOL_UNKNOWN and the like, where this process lacks what the agent needs
 */
export async function adoptStoredAgent(
  orchestrator: MasterOrchestrator,
  agents: readonly StoredAgent[],
  wanted: StoredAgent,
): Promise<AgentView> {
  const known = new Set((await orchestrator.listAgents()).map(({ id }) => id));
  const adopt = async (agent: StoredAgent, chain: readonly string[]): Promise<void> => {
    if (known.has(agent.id) || chain.includes(agent.id)) return;
    for (const name of agent.definition.delegates ?? []) {
      const other = agents.find(({ id }) => id === name) ?? agents.find(({ definition }) => definition.name === name);
      if (other !== undefined) await adopt(other, [...chain, agent.id]);
    }
    const { id, tools, template, team } = agent;
    await orchestrator.createAgent(agent.definition, { id, tools, ...optional({ template, team }) });
    known.add(id);
  };
  await adopt(wanted, []);
  return orchestrator.getAgent(wanted.id);
}

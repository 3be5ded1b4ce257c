import { optional, type AgentDefinition } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import { route, type Route } from '../http/route.js';
import { outputSchemaOf } from '../internal/output-schema.js';
import { pageByTime } from '../internal/pages.js';
import { agentChangeSchema, agentSchema, agentsQuery, newAgentSchema } from '../schemas/agents.js';
import { idParams, listOf, pageOf, usageSchema } from '../schemas/common.js';
import type { Services } from '../services.js';

const agentStatisticsSchema = z.object({
  agentId: z.string(),
  tasks: z.record(z.string(), z.number()).describe('Ended tasks by outcome.'),
  successRate: z.number().optional().describe('Completed of all ended tasks, 0 to 1.'),
  meanDurationMs: z.number(),
  usage: usageSchema,
  costUsd: z.number(),
  tools: z.record(z.string(), z.number()),
  errors: z.record(z.string(), z.number()),
});

/** Agents: make, change, pause, remove, count. */
export function agentRoutes({ orchestrator }: Services): Route[] {
  const tag = 'agents';
  const find = ({ id = '' }): Promise<unknown> => orchestrator.getAgent(id);
  return [
    route({
      method: 'GET',
      path: '/api/v1/agents',
      operationId: 'listAgents',
      tag,
      summary: 'Page through agents, oldest first',
      scope: 'read',
      query: agentsQuery,
      answers: { 200: pageOf(agentSchema) },
      handle: async ({ query: { limit, cursor, ...filter } }) => {
        const agents = await orchestrator.listAgents(optional(filter));
        return pageByTime(agents, ({ createdAt, id }) => ({ at: createdAt, id }), { limit, cursor }, 'oldest');
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/agents',
      operationId: 'createAgent',
      tag,
      summary: 'Create an agent',
      scope: 'operate',
      body: newAgentSchema,
      answers: { 201: agentSchema },
      handle: async ({ body: { id, team, ...data } }) => {
        if (id !== undefined) await refuseKnown(orchestrator, id);
        const created = await orchestrator.createAgent(definitionOf(data) as AgentDefinition, optional({ id, team }));
        return orchestrator.getAgent(created);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/agents/{id}',
      operationId: 'getAgent',
      tag,
      summary: 'Get an agent',
      scope: 'read',
      params: idParams,
      answers: { 200: agentSchema },
      handle: ({ params }) => orchestrator.getAgent(params.id),
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/agents/{id}',
      operationId: 'updateAgent',
      tag,
      summary: 'Change an agent',
      description: 'Makes a new revision; running tasks keep theirs.',
      scope: 'operate',
      params: idParams,
      body: agentChangeSchema,
      answers: { 200: agentSchema },
      find,
      handle: ({ params, body }) => orchestrator.updateAgent(params.id, definitionOf(body)),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/agents/{id}',
      operationId: 'deleteAgent',
      tag,
      summary: 'Remove an agent',
      description: 'Its running tasks end; new ones are refused.',
      scope: 'operate',
      params: idParams,
      answers: { 204: 'none' },
      handle: ({ params }) => orchestrator.deleteAgent(params.id),
    }),
    ...pauseRoutes(orchestrator, find),
    ...lookRoutes(orchestrator, find),
  ];
}

function lookRoutes(orchestrator: Services['orchestrator'], find: NonNullable<Route['find']>): Route[] {
  const tag = 'agents';
  return [
    route({
      method: 'GET',
      path: '/api/v1/agents/{id}/statistics',
      operationId: 'getAgentStatistics',
      tag,
      summary: 'Count what an agent did since the start',
      scope: 'read',
      params: idParams,
      answers: { 200: agentStatisticsSchema },
      find,
      handle: async ({ params }) => statisticsOf(orchestrator, params.id),
    }),
    route({
      method: 'GET',
      path: '/api/v1/agents/{id}/tools',
      operationId: 'listAgentTools',
      tag,
      summary: 'List the tools an agent may use, and why',
      scope: 'read',
      params: idParams,
      answers: {
        200: listOf(z.looseObject({ name: z.string(), grants: z.array(z.looseObject({ reason: z.string() })) })),
      },
      find,
      handle: async ({ params }) => ({ items: orchestrator.tools.getAvailableTools(params.id) }),
    }),
  ];
}

function pauseRoutes(orchestrator: Services['orchestrator'], find: NonNullable<Route['find']>): Route[] {
  const moves = [
    ['pause', 'pauseAgent', 'Start nothing of an agent any more; running tasks go on', 'pauseAgent'],
    ['resume', 'resumeAgent', 'Undo a pause', 'resumeAgent'],
  ] as const;
  return moves.map(([verb, operationId, summary, method]) =>
    route({
      method: 'POST',
      path: `/api/v1/agents/{id}/${verb}`,
      operationId,
      tag: 'agents',
      summary,
      scope: 'operate',
      params: idParams,
      answers: { 200: agentSchema },
      find,
      handle: async ({ params }) => {
        await orchestrator[method](params.id);
        return orchestrator.getAgent(params.id);
      },
    }),
  );
}

type AgentData = z.output<typeof agentChangeSchema>;

/** The definition of what came as data. */
function definitionOf({ outputSchema, userContextSchema, ...data }: AgentData): Partial<AgentDefinition<unknown>> {
  const schemaOf = (schema: typeof outputSchema, what: string) =>
    schema === undefined ? undefined : outputSchemaOf(schema, 'AGENT_INVALID', what);
  const schemas = {
    outputSchema: schemaOf(outputSchema, 'output'),
    userContextSchema: schemaOf(userContextSchema, 'user context'),
  };
  return optional({ ...data, ...schemas }) as Partial<AgentDefinition<unknown>>;
}

async function refuseKnown(orchestrator: Services['orchestrator'], id: string): Promise<void> {
  const agents = await orchestrator.listAgents();
  if (agents.every((agent) => agent.id !== id)) return;
  throw new OrchestratorError('STATE_CONFLICT', `There is an agent "${id}" already. PATCH it, or choose another id.`);
}

function statisticsOf(orchestrator: Services['orchestrator'], agentId: string): unknown {
  const found = orchestrator.statistics().agents.find((agent) => agent.agentId === agentId);
  return found ?? { ...NOTHING_YET, agentId };
}

const NOTHING_YET = {
  tasks: { completed: 0, failed: 0, cancelled: 0, skipped: 0 },
  meanDurationMs: 0,
  usage: { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: 0 },
  costUsd: 0,
  tools: {},
  errors: {},
};

import { optional, TOOL_ACCESS_LEVELS, TOOL_CATEGORIES } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import type { GrantRequest } from '@master-orchestrator/tools';
import { z } from 'zod';
import { route, type Route } from '../http/route.js';
import { pageByTime } from '../internal/pages.js';
import { epochMs, idParams, listOf, pageOf, pageQuery } from '../schemas/common.js';
import type { Services } from '../services.js';

const toolSchema = z.looseObject({
  name: z.string(),
  description: z.string(),
  category: z.enum(TOOL_CATEGORIES),
  accessLevel: z.enum(TOOL_ACCESS_LEVELS),
  effect: z.string(),
  approval: z.enum(['never', 'sometimes', 'always']),
  version: z.string().optional(),
  plugin: z.string().optional(),
});

const toolStatisticsSchema = z.looseObject({
  tool: z.string().optional(),
  calls: z.number(),
  refused: z.number(),
  failures: z.number(),
  timeouts: z.number(),
  fromCache: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  running: z.number(),
  waiting: z.number(),
});

const decisionSchema = z.looseObject({
  at: epochMs,
  decision: z.enum(['allow', 'deny']),
  agentId: z.string(),
  tool: z.string(),
  reason: z.string(),
});

const decisionsQuery = pageQuery.extend({
  agentId: z.string().optional().describe('Decisions about this agent.'),
  tool: z.string().optional().describe('Decisions about this tool.'),
  decision: z.enum(['allow', 'deny']).optional().describe('Decisions of this kind.'),
});

const subjectSchema = z.union([
  z.strictObject({ agent: z.string().min(1).max(256) }),
  z.strictObject({ role: z.string().min(1).max(256) }),
  z.strictObject({ team: z.string().min(1).max(256) }),
]);

const constraintsSchema = z.strictObject({
  allowedHosts: z.array(z.string().min(1).max(256)).max(1_000).optional(),
  roots: z.array(z.string().min(1).max(4_096)).max(1_000).optional(),
  arguments: z
    .array(
      z.strictObject({
        field: z.string().min(1).max(256),
        oneOf: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
        pattern: z.string().max(1_024).optional(),
        min: z.number().optional(),
        max: z.number().optional(),
        optional: z.boolean().optional(),
      }),
    )
    .max(100)
    .optional(),
});

const grantBody = z.strictObject({
  tool: z.string().min(1).max(64).optional().describe('One tool; either this or a category.'),
  category: z.enum(TOOL_CATEGORIES).optional().describe('Every tool of a category.'),
  to: subjectSchema,
  expiresAt: epochMs.optional(),
  constraints: constraintsSchema.optional(),
});

const grantSchema = z.looseObject({
  id: z.string(),
  tool: z.string().optional(),
  category: z.string().optional(),
  to: z.record(z.string(), z.string()),
  expiresAt: epochMs.optional(),
  by: z.string().optional(),
  grantedAt: epochMs,
});

/** Tools: what there is, what was decided about their use, what they did. */
export function toolRoutes(services: Services): Route[] {
  const { tools } = services.orchestrator;
  const tag = 'tools';
  return [
    route({
      method: 'GET',
      path: '/api/v1/tools',
      operationId: 'listTools',
      tag,
      summary: 'List registered tools with their limits',
      scope: 'read',
      answers: { 200: listOf(toolSchema) },
      handle: async () => ({ items: tools.listTools() }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/tools/statistics',
      operationId: 'getToolStatistics',
      tag,
      summary: 'Count calls, failures and times of each tool',
      scope: 'read',
      answers: { 200: listOf(toolStatisticsSchema) },
      handle: async () => ({ items: tools.statistics() }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/tools/decisions',
      operationId: 'listToolDecisions',
      tag,
      summary: 'Page through what was allowed and denied, oldest first',
      scope: 'read',
      query: decisionsQuery,
      answers: { 200: pageOf(decisionSchema) },
      handle: ({ query }) => tools.decisions(optional(query)),
    }),
    route({
      method: 'GET',
      path: '/api/v1/tools/{id}',
      operationId: 'getTool',
      tag,
      summary: 'Get a tool by its name',
      scope: 'read',
      params: idParams,
      answers: { 200: toolSchema },
      handle: async ({ params }) => {
        const found = tools.listTools().find((tool) => tool.name === params.id);
        if (found !== undefined) return found;
        throw new OrchestratorError('NOT_FOUND', `There is no tool "${params.id}". GET /api/v1/tools lists them.`);
      },
    }),
    ...grantRoutes(services),
  ];
}

function grantRoutes({ orchestrator }: Services): Route[] {
  const tag = 'grants';
  return [
    route({
      method: 'GET',
      path: '/api/v1/grants',
      operationId: 'listGrants',
      tag,
      summary: 'Page through grants of tools, oldest first, ended ones included',
      scope: 'read',
      query: pageQuery,
      answers: { 200: pageOf(grantSchema) },
      handle: async ({ query }) => {
        const grants = orchestrator.tools.listGrants();
        return pageByTime(grants, ({ grantedAt, id }) => ({ at: grantedAt, id }), query, 'oldest');
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/grants',
      operationId: 'createGrant',
      tag,
      summary: 'Grant a tool, or a category of tools, to an agent, role or team',
      scope: 'admin',
      body: grantBody,
      answers: { 201: grantSchema },
      handle: async ({ body, caller }) => {
        const id = await orchestrator.grantToolAccess({ ...optional(body), by: caller.id } as unknown as GrantRequest);
        return orchestrator.tools.listGrants().find((grant) => grant.id === id);
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/grants/{id}',
      operationId: 'deleteGrant',
      tag,
      summary: 'Take a grant back',
      scope: 'admin',
      params: idParams,
      answers: { 204: 'none' },
      handle: async ({ params }) => {
        const taken = await orchestrator.revokeToolAccess(params.id);
        if (taken === 0) throw new OrchestratorError('NOT_FOUND', `There is no grant "${params.id}".`);
      },
    }),
  ];
}

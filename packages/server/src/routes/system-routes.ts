import { explain } from '@master-orchestrator/config';
import { optional } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import { route, type Route } from '../http/route.js';
import { redactConfig } from '../internal/redact-config.js';
import { budgetSchema, idParams, listOf, usageSchema } from '../schemas/common.js';
import type { Services } from '../services.js';

const budgetViewSchema = z.object({
  id: z.string(),
  parent: z.string().optional(),
  limits: budgetSchema,
  used: z.object({ tokens: z.number(), requests: z.number(), costUsd: z.number(), wallMs: z.number() }),
  reserved: z.object({ tokens: z.number(), requests: z.number(), costUsd: z.number() }),
  hasUnknownCost: z.boolean().describe('Something without a known price was used.'),
});

const statisticsSchema = z.object({
  tasks: z.record(z.string(), z.number()),
  modelCalls: z.record(z.string(), z.number()),
  toolCalls: z.record(z.string(), z.number()),
  usage: usageSchema,
  costUsd: z.number(),
  agents: z.array(z.looseObject({ agentId: z.string() })),
  tools: z.array(z.looseObject({ calls: z.number() })),
  errors: z.looseObject({ total: z.number(), openBreakers: z.array(z.string()) }),
  server: z.object({ requests: z.number(), streams: z.number() }).describe('What is being answered now.'),
});

const pluginSchema = z.object({
  name: z.string(),
  version: z.string(),
  permissions: z.array(z.string()),
  contributes: z.record(z.string(), z.array(z.string())),
  status: z.string(),
  reason: z.string().optional().describe('Why it is disabled.'),
});

const configSchema = z.object({
  settings: z.record(z.string(), z.unknown()).describe('Every setting; secrets are masked.'),
  sources: z.record(z.string(), z.string()).optional().describe('Where each value came from, by path.'),
});

/** Budgets, numbers, plugins and settings. */
export function systemRoutes(services: Services): Route[] {
  const { orchestrator, config, loaded } = services;
  return [
    ...budgetRoutes(services),
    route({
      method: 'GET',
      path: '/api/v1/statistics',
      operationId: 'getStatistics',
      tag: 'system',
      summary: 'Count tasks, model calls, tool calls, errors and money since the start',
      scope: 'read',
      answers: { 200: statisticsSchema },
      handle: async () => ({
        ...orchestrator.statistics(),
        tools: orchestrator.tools.statistics(),
        errors: orchestrator.errors.getErrorStatistics(),
        server: { requests: services.requestsUnderWay(), streams: services.streams.count },
      }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/plugins',
      operationId: 'listPlugins',
      tag: 'system',
      summary: 'List plugins with what they add and ask for',
      scope: 'read',
      answers: { 200: listOf(pluginSchema) },
      handle: async () => ({ items: orchestrator.plugins.list() }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/config',
      operationId: 'getConfig',
      tag: 'system',
      summary: 'Get the settings, secrets masked',
      scope: 'admin',
      answers: { 200: configSchema },
      handle: async () => ({
        settings: loaded?.redacted() ?? redactConfig(config),
        ...(loaded === undefined ? {} : { sources: sourcesOf(loaded) }),
      }),
    }),
  ];
}

function budgetRoutes({ orchestrator }: Services): Route[] {
  const tag = 'budgets';
  const get = (id: string): unknown => {
    const view = orchestrator.budgets.view(id);
    if (view !== undefined) return view;
    throw new OrchestratorError('NOT_FOUND', `There is no budget "${id}". GET /api/v1/budgets lists them.`);
  };
  return [
    route({
      method: 'GET',
      path: '/api/v1/budgets',
      operationId: 'listBudgets',
      tag,
      summary: 'List budgets that have bounds, with what is used and reserved',
      scope: 'read',
      answers: { 200: listOf(budgetViewSchema) },
      handle: async () => ({ items: orchestrator.budgets.list() }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/budgets/{id}',
      operationId: 'getBudget',
      tag,
      summary: 'Get a budget',
      description: '`orchestrator` is the one of everything.',
      scope: 'read',
      params: idParams,
      answers: { 200: budgetViewSchema },
      handle: async ({ params }) => get(params.id),
    }),
    route({
      method: 'PUT',
      path: '/api/v1/budgets/{id}',
      operationId: 'setBudget',
      tag,
      summary: 'Change the bounds of a budget, at once',
      scope: 'admin',
      params: idParams,
      body: budgetSchema,
      answers: { 200: budgetViewSchema },
      find: async ({ id = '' }) => get(id),
      handle: async ({ params, body }) => {
        orchestrator.budgets.setLimits(params.id, optional(body));
        return get(params.id);
      },
    }),
  ];
}

function sourcesOf(loaded: NonNullable<Services['loaded']>): Record<string, string> {
  return Object.fromEntries(explain(loaded).map(({ path, origin }) => [path, origin]));
}

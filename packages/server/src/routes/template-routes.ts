import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import { route, type Route } from '../http/route.js';
import { agentSchema } from '../schemas/agents.js';
import { listOf } from '../schemas/common.js';
import type { ListedTemplate } from '../server-options.js';
import type { Services } from '../services.js';

const templateSchema = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  kind: z.enum(['agent', 'team']),
  parameters: z.record(z.string(), z.unknown()).describe('JSON Schema of the parameters.'),
  plugin: z.string().optional(),
});

const teamSchema = z.object({
  teamName: z.string(),
  leadId: z.string(),
  members: z.record(z.string(), z.string()).describe('Ids of the members by name.'),
});

const nameParams = z.object({ name: z.string().min(1).max(256).describe('Name of the template.') });
const parametersBody = z
  .strictObject({ parameters: z.record(z.string(), z.unknown()).optional() })
  .optional()
  .describe('Checked by the schema of the template.');

/** Templates of agents and teams. */
export function templateRoutes({ orchestrator, templates }: Services): Route[] {
  const tag = 'templates';
  const list = (): readonly ListedTemplate[] => templates?.listTemplates() ?? [];
  const finder =
    (kind: 'agent' | 'team') =>
    async ({ name = '' }): Promise<void> => {
      if (list().some((template) => template.name === name && template.kind === kind)) return;
      const code = kind === 'agent' ? 'TEMPLATE_UNKNOWN' : 'TEAM_TEMPLATE_UNKNOWN';
      throw new OrchestratorError(code, `There is no ${kind} template "${name}". GET /api/v1/templates lists them.`);
    };
  return [
    route({
      method: 'GET',
      path: '/api/v1/templates',
      operationId: 'listTemplates',
      tag,
      summary: 'List templates of agents and teams',
      scope: 'read',
      answers: { 200: listOf(templateSchema) },
      handle: async () => ({ items: list() }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/templates/{name}/agents',
      operationId: 'createAgentFromTemplate',
      tag,
      summary: 'Create an agent from a template',
      scope: 'operate',
      params: nameParams,
      body: parametersBody,
      answers: { 201: agentSchema },
      find: finder('agent'),
      handle: async ({ params, body }) =>
        orchestrator.getAgent((await templates?.createAgent(params.name, body?.parameters ?? {})) ?? ''),
    }),
    route({
      method: 'POST',
      path: '/api/v1/templates/{name}/teams',
      operationId: 'createTeamFromTemplate',
      tag,
      summary: 'Create a team from a template',
      scope: 'operate',
      params: nameParams,
      body: parametersBody,
      answers: { 201: teamSchema },
      find: finder('team'),
      handle: async ({ params, body }) => {
        const team = await templates?.createTeam(params.name, body?.parameters ?? {});
        return { teamName: team?.teamName, leadId: team?.leadId, members: team?.members };
      },
    }),
  ];
}

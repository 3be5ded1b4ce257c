import type { AgentView } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { route, type Route } from '../http/route.js';
import { idParams } from '../schemas/common.js';
import type { Services } from '../services.js';
import { agentOfModel } from './agent-answer.js';

const modelSchema = z.object({
  id: z.string().describe('Id of the agent.'),
  object: z.literal('model'),
  created: z.number().describe('Seconds since the Unix epoch.'),
  owned_by: z.literal('master-orchestrator'),
  name: z.string().describe('Name of the agent; it may be used in place of the id.'),
});

/** Agents listed as models. */
export function modelRoutes({ orchestrator }: Services): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/models',
      operationId: 'listModels',
      tag: 'openai',
      summary: 'List agents as models',
      scope: 'read',
      answers: { 200: z.object({ object: z.literal('list'), data: z.array(modelSchema) }) },
      handle: async () => ({ object: 'list', data: (await orchestrator.listAgents()).map(modelOf) }),
    }),
    route({
      method: 'GET',
      path: '/v1/models/{id}',
      operationId: 'getModel',
      tag: 'openai',
      summary: 'Get an agent as a model, by id or name',
      scope: 'read',
      params: idParams,
      answers: { 200: modelSchema },
      handle: async ({ params }) => modelOf(await orchestrator.getAgent(await agentOfModel(orchestrator, params.id))),
    }),
  ];
}

function modelOf({ id, name, createdAt }: AgentView): z.output<typeof modelSchema> {
  return { id, object: 'model', created: Math.floor(createdAt / 1_000), owned_by: 'master-orchestrator', name };
}

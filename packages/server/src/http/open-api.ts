import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { version } from '../version.js';

/** Groups of operations, in the order of the document. */
const TAGS = [
  ['agents', 'Agents that do the work.'],
  ['templates', 'Templates to make agents and teams from.'],
  ['tools', 'Functions that agents may call.'],
  ['grants', 'Who may use which tools.'],
  ['tasks', 'What is to be done, and what became of it.'],
  ['runs', 'Tasks that are started at once and followed live.'],
  ['events', 'Everything that happens, as a stream.'],
  ['approvals', 'Tool calls that wait for a person.'],
  ['escalations', 'Failures that wait for a person.'],
  ['dead letters', 'Tasks that failed for good.'],
  ['schedules', 'Tasks by the clock.'],
  ['budgets', 'What may be spent, and what was.'],
  ['system', 'Numbers, plugins and settings.'],
  ['keys', 'API keys.'],
  ['health', 'Probes and metrics.'],
  ['openai', 'Agents in the forms of the OpenAI API: an agent is a model.'],
] as const;

/** Makes the document of the API from the schemas of its routes; call it before the routes are added. */
export async function registerOpenApi(app: FastifyInstance, hasAuth: boolean): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Master Agent Orchestrator',
        version,
        description:
          'Agents, tasks, tools and everything around them. Failures have one form, with a stable code. A POST with an `Idempotency-Key` is done once.',
        license: { name: 'MIT', identifier: 'MIT' } as { name: string },
      },
      tags: TAGS.map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or a token of the configured issuer.' },
          apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'An API key.' },
        },
      },
      security: hasAuth ? [{ bearer: [] }, { apiKey: [] }] : [{ bearer: [] }, { apiKey: [] }, {}],
    },
    transform: createJsonSchemaTransform({ schemaRegistry: z.registry<{ id?: string }>() }),
  });
}

/** Adds the route of the document. */
export function mountOpenApi(app: FastifyInstance): void {
  app.get('/openapi.json', { schema: { hide: true }, config: { scope: 'public', isRaw: true } }, (request) => ({
    ...app.swagger(),
    servers: [{ url: `${request.protocol}://${request.host}` }],
  }));
}

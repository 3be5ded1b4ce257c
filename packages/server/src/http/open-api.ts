import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { documentedSchemas, withoutInputs } from './documented-schemas.js';
import { version } from '../version.js';

/** Groups of operations, by the alphabet. */
const TAGS = [
  ['agents', 'Agents that do the work.'],
  ['approvals', 'Tool calls that wait for a person.'],
  ['budgets', 'What may be spent, and what was.'],
  ['dead letters', 'Tasks that failed for good.'],
  ['escalations', 'Failures that wait for a person.'],
  ['events', 'Everything that happens, as a stream.'],
  ['grants', 'Who may use which tools.'],
  ['health', 'Probes and metrics.'],
  ['keys', 'API keys.'],
  ['openai', 'Agents in the forms of the OpenAI API: an agent is a model.'],
  ['runs', 'Tasks that are started at once and followed live.'],
  ['schedules', 'Tasks by the clock.'],
  ['system', 'Numbers, plugins and settings.'],
  ['tasks', 'What is to be done, and what became of it.'],
  ['templates', 'Templates to make agents and teams from.'],
  ['tools', 'Functions that agents may call.'],
] as const;

/** Makes the document of the API from the schemas of its routes; call it before the routes are added. */
export async function registerOpenApi(app: FastifyInstance, hasAuth: boolean): Promise<void> {
  const documented = { schemaRegistry: documentedSchemas(), zodToJsonConfig: { override: describe } };
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Master Agent Orchestrator',
        version,
        description:
          'Agents, tasks, tools and everything around them. Failures have one form, with a stable code. A POST with an `Idempotency-Key` is done once.',
        contact: {
          name: 'Master Agent Orchestrator',
          url: 'https://github.com/master-orchestrator/master-orchestrator',
        },
        license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
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
    transform: createJsonSchemaTransform(documented),
    transformObject: (given) => {
      const document = createJsonSchemaTransformObject(documented)(given) as Extract<
        ReturnType<SwaggerTransformObject>,
        { jsonSchemaDialect?: string }
      >;
      const schemas = withoutInputs(document.components?.schemas ?? {});
      return { ...document, components: { ...document.components, schemas } };
    },
  });
}

/** Adds the route of the document. */
export function mountOpenApi(app: FastifyInstance): void {
  app.get('/openapi.json', { schema: { hide: true }, config: { scope: 'public', isRaw: true } }, (request) => ({
    ...app.swagger(),
    servers: [{ url: `${request.protocol}://${request.host}` }],
  }));
}

/** Words given to a schema stand in zod's own registry; the document has a registry of names alone. */
function describe({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const description = z.globalRegistry.get(zodSchema)?.description;
  if (description !== undefined && jsonSchema.$ref === undefined) jsonSchema.description ??= description;
}

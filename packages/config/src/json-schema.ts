import type { JsonSchema } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { configSchema } from './schema/config-schema.js';

let made: JsonSchema | undefined;

/**
 * JSON Schema (2020-12) of a configuration file, made from the same source as the checks. An editor that is pointed at
 * it completes names and shows descriptions; the package ships it as `schema.json`.
 *
 * Settings that a running process takes over carry `x-reloadable`, secrets `x-secret`.
 */
export function configJsonSchema(): JsonSchema {
  made ??= makeSchema();
  return made;
}

function makeSchema(): JsonSchema {
  const { $schema, properties, ...rest } = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  return {
    $schema: $schema ?? 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of the Master Agent Orchestrator',
    ...rest,
    properties: { $schema: { type: 'string', description: 'Where this schema is, for editors.' }, ...properties },
  } as unknown as JsonSchema;
}

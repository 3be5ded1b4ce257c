import { z, type ZodType } from 'zod';
import { errorBodySchema } from '../errors/error-body.js';
import { agentSchema } from '../schemas/agents.js';
import { storedErrorSchema, usageSchema } from '../schemas/common.js';
import { stepSchema, taskSchema } from '../schemas/tasks.js';

/** Names under which the document keeps what many operations share. */
const NAMES: readonly (readonly [string, ZodType])[] = [
  ['Error', errorBodySchema],
  ['StoredError', storedErrorSchema],
  ['Usage', usageSchema],
  ['Agent', agentSchema],
  ['Task', taskSchema],
  ['Step', stepSchema],
];

/** A registry of the schemas that have a name in the document; schemas of users do not get into it. */
export function documentedSchemas() {
  const registry = z.registry<{ id?: string }>();
  for (const [id, schema] of NAMES) registry.add(schema, { id });
  return registry;
}

/** The schemas without the input side of the named ones: all of them stand in answers alone. */
export function withoutInputs<Schema>(schemas: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const inputs = new Set(NAMES.map(([id]) => `${id}Input`));
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => !inputs.has(name)));
}

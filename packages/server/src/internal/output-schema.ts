import { OrchestratorError } from '@master-orchestrator/errors';
import { z, type ZodType } from 'zod';

const MOST_CHARACTERS = 65_536;

/** Keywords whose value is a regular expression: one from outside could keep the process busy for ever. */
const PATTERNS = new Set(['pattern', 'patternProperties']);

/**
 * The zod schema of a JSON Schema from outside. Regular expressions in it are left out.
 *
 * @param what - Of what it is the schema, for the message.
 * @throws OrchestratorError `code` where it cannot be used
 */
export function outputSchemaOf(schema: Readonly<Record<string, unknown>>, code: string, what = 'output'): ZodType {
  if (JSON.stringify(schema).length > MOST_CHARACTERS) {
    throw new OrchestratorError(code, `The ${what} schema has more than ${MOST_CHARACTERS} characters.`);
  }
  try {
    const read = z.fromJSONSchema(withoutPatterns(schema) as Parameters<typeof z.fromJSONSchema>[0]);
    z.toJSONSchema(read, { io: 'input', unrepresentable: 'any' }); // what the model will be shown
    return read;
  } catch (cause) {
    throw new OrchestratorError(code, `The ${what} schema is not a JSON Schema that can be used here.`, { cause });
  }
}

function withoutPatterns(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPatterns);
  if (typeof value !== 'object' || value === null) return value;
  const { properties, ...rest } = value as Record<string, unknown>;
  const kept = Object.entries(rest).filter(([key]) => !PATTERNS.has(key));
  const copy: Record<string, unknown> = Object.fromEntries(kept.map(([key, item]) => [key, withoutPatterns(item)]));
  if (properties === undefined) return copy;
  // Below `properties` a key is the name of a field, whatever it is called.
  if (typeof properties !== 'object' || properties === null) return { ...copy, properties };
  const fields = Object.entries(properties).map(([key, item]) => [key, withoutPatterns(item)]);
  return { ...copy, properties: Object.fromEntries(fields) };
}

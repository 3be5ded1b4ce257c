import type { JsonSchema, ModelOutputSchema } from '@master-orchestrator/contracts';
import { OrchestratorError, type Json } from '@master-orchestrator/errors';
import { strictForm } from '@master-orchestrator/tools';
import { z, type ZodType } from 'zod';

/** A shape answers must have, converted once for a schema. */
export interface OutputShape {
  readonly forModel: ModelOutputSchema;
  /** True where the schema is not an object and the model sees it as the field `value` of one. */ readonly isWrapped: boolean;
  readonly schema: ZodType;
}

/** What reading an answer gave. */
export type ReadOutput =
  | { readonly isOk: true; readonly value: Json }
  | { readonly isOk: false; readonly problems: readonly string[] };

const shapes = new WeakMap<ZodType, OutputShape>();
const MOST_PROBLEMS = 5;

/** The shape of a schema. The root a model fills must be an object, so others are wrapped in one. */
export function outputShapeOf(schema: ZodType): OutputShape {
  const known = shapes.get(schema);
  if (known !== undefined) return known;
  const isWrapped = jsonSchemaOf(schema)['type'] !== 'object';
  const full = isWrapped ? jsonSchemaOf(z.strictObject({ value: schema })) : jsonSchemaOf(schema);
  const strict = strictForm(full);
  const shape: OutputShape = {
    forModel: { name: 'answer', schema: strict ?? full, isStrict: strict !== undefined },
    isWrapped,
    schema,
  };
  shapes.set(schema, shape);
  return shape;
}

/** The input side: what a model must write for the schema to accept it. */
function jsonSchemaOf(schema: ZodType): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest as unknown as JsonSchema;
}

/** A zod schema for a stored JSON schema. @throws OrchestratorError TASK_INVALID where it cannot be read */
export function schemaFromJson(stored: JsonSchema): ZodType {
  try {
    return z.fromJSONSchema(stored);
  } catch (cause) {
    throw new OrchestratorError('TASK_INVALID', 'The output schema stored with this task cannot be read.', { cause });
  }
}

/** Reads an answer in a shape; says what is wrong where it does not fit. */
export async function readOutput(text: string, shape: OutputShape): Promise<ReadOutput> {
  const parsed = parseLoosely(text);
  if (parsed === undefined) return { isOk: false, problems: ['The answer is not JSON.'] };
  const value =
    shape.isWrapped && isObject(parsed.value) && 'value' in parsed.value ? parsed.value['value'] : parsed.value;
  const checked = await shape.schema.safeParseAsync(value);
  if (checked.success) return { isOk: true, value: checked.data as Json };
  const problems = checked.error.issues
    .slice(0, MOST_PROBLEMS)
    .map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`);
  return { isOk: false, problems };
}

/** JSON as it stands, or the inside of one code fence around it: servers without schemas often add one. */
function parseLoosely(text: string): { value: unknown } | undefined {
  const trimmed = text.trim();
  const fenced = /^```(?:json)?\s*\n([\s\S]*?)\n?```$/.exec(trimmed)?.[1];
  for (const candidate of fenced === undefined ? [trimmed] : [fenced, trimmed]) {
    try {
      return { value: JSON.parse(candidate) as unknown };
    } catch {
      continue;
    }
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

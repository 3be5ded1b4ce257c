import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

const file = join(import.meta.dirname, '../../../../shared/test-data/openai/openai.schema.json');

/** True where OpenAI's published schema lies beside the repository. */
export const hasOpenAISchema = existsSync(file);

/** Says what is wrong with a value by a definition of OpenAI's schema; an empty list where nothing is. */
export function openAISchemaChecker(): (definition: string, value: unknown) => readonly string[] {
  const schema = JSON.parse(readFileSync(file, 'utf8')) as { $id: string };
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema(schema);
  const compiled = new Map<string, ValidateFunction>();
  return (definition, value) => {
    const check = compiled.get(definition) ?? ajv.compile({ $ref: `${schema.$id}#/$defs/${definition}` });
    compiled.set(definition, check);
    if (check(value)) return [];
    return (check.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };
}

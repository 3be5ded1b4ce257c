import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

const file = join(import.meta.dirname, '../../../../../shared/test-data/openai/openai.schema.json');

/** False where OpenAI's published schema is not at hand; tests that need it are skipped then. */
export const hasPublishedSchema = existsSync(file);

/** Says what is wrong with a value by one definition of the published schema; an empty list where nothing is. */
export function problemsBy(definition: string): (value: unknown) => readonly string[] {
  const schema = JSON.parse(readFileSync(file, 'utf8')) as { readonly $id: string };
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  ajv.addSchema(schema);
  const validate = ajv.compile({ $ref: `${schema.$id}#/$defs/${definition}` });
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
  };
}

/**
 * Says why OpenAI refuses a schema under `strict: true`, or `undefined` where it does not. Rules of its guide to
 * structured outputs: the root is an object, every object forbids further properties and requires all it names.
 */
export function strictSchemaProblem(schema: unknown, path = '()'): string | undefined {
  if (!isRecord(schema)) return undefined;
  const own = objectProblem(schema, path);
  if (own !== undefined) return own;
  for (const [keyword, children] of Object.entries(schema)) {
    const problem = childProblem(keyword, children, path);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function objectProblem(schema: Readonly<Record<string, unknown>>, path: string): string | undefined {
  const isObject = schema['type'] === 'object' || isRecord(schema['properties']);
  if (!isObject) return undefined;
  if (schema['additionalProperties'] !== false) {
    return `In context=${path}, 'additionalProperties' is required to be supplied and to be false.`;
  }
  const names = Object.keys(isRecord(schema['properties']) ? schema['properties'] : {});
  const required = Array.isArray(schema['required']) ? (schema['required'] as unknown[]) : [];
  const missing = names.find((name) => !required.includes(name));
  if (missing === undefined) return undefined;
  return `In context=${path}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`;
}

/** Walks on where a keyword holds schemas. */
function childProblem(keyword: string, children: unknown, path: string): string | undefined {
  switch (keyword) {
    case 'properties':
    case '$defs':
    case 'definitions':
      if (!isRecord(children)) return undefined;
      return firstProblem(
        Object.entries(children).map(([name, child]) => [`(${path}, '${keyword}', '${name}')`, child]),
      );
    case 'items':
    case 'not':
      return strictSchemaProblem(children, `(${path}, '${keyword}')`);
    case 'anyOf':
    case 'oneOf':
    case 'allOf':
    case 'prefixItems':
      if (!Array.isArray(children)) return undefined;
      return firstProblem(
        children.map((child, index): [string, unknown] => [`(${path}, '${keyword}', '${index}')`, child]),
      );
    default:
      return undefined;
  }
}

function firstProblem(children: readonly (readonly [string, unknown])[]): string | undefined {
  for (const [path, child] of children) {
    const problem = strictSchemaProblem(child, path);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

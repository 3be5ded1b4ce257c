import type { ModelToolSpec } from '@master-orchestrator/contracts';
import type { JsonObject } from './json-value.js';

/** JSON of lists that are sent again and again. */
const known = new WeakMap<object, string>();

/**
 * Makes a converter of tool lists that converts a list once: an agent sends the same one with every request, and it is
 * the greater part of most bodies. Its JSON is kept too, see {@link bodyJson}.
 */
export function toolListConverter<Tool>(
  convert: (tool: ModelToolSpec, acceptsStrict: boolean) => Tool,
): (tools: readonly ModelToolSpec[], acceptsStrict: boolean) => Tool[] {
  const lists = { strict: new WeakMap<object, Tool[]>(), loose: new WeakMap<object, Tool[]>() };
  return (tools, acceptsStrict) => {
    const made = acceptsStrict ? lists.strict : lists.loose;
    const list = made.get(tools) ?? tools.map((tool) => convert(tool, acceptsStrict));
    if (!made.has(tools)) {
      made.set(tools, list);
      known.set(list, JSON.stringify(list));
    }
    return list;
  };
}

/** The body as `JSON.stringify` gives it; what is known by heart is not written anew. */
export function bodyJson(body: JsonObject): string {
  const tools = body['tools'];
  const text = typeof tools === 'object' && tools !== null ? known.get(tools) : undefined;
  if (text === undefined) return JSON.stringify(body);
  const { tools: _tools, ...rest } = body;
  return `${JSON.stringify(rest).slice(0, -1)},"tools":${text}}`;
}

import type { ContentPart, MessageItem, ModelOutputSchema, ModelRequest } from '@master-orchestrator/contracts';
import type { EndpointCapabilities } from '../capabilities.js';
import { isObject, type JsonObject } from './json-value.js';

/** Fields that decide how an answer is read; settings cannot change them. */
const OWN_FIELDS = new Set(['stream']);

/** The words of a message; images and files have none. */
export function wordsOf(message: MessageItem): string {
  if (typeof message.content === 'string') return message.content;
  return message.content.map(wordsOfPart).filter(Boolean).join('\n');
}

function wordsOfPart(part: ContentPart): string {
  return part.type === 'text' ? part.text : '';
}

/** The instructions of a request; where the server takes no schema, the schema is put into words. */
export function instructionsOf(request: ModelRequest, capabilities: EndpointCapabilities): string | undefined {
  const { outputSchema, instructions } = request;
  if (!outputSchema || capabilities.outputFormat === 'json_schema') return instructions;
  const inWords = schemaInWords(outputSchema);
  return instructions === undefined ? inWords : `${instructions}\n\n${inWords}`;
}

function schemaInWords({ schema }: ModelOutputSchema): string {
  return `Answer with one JSON value and nothing else. It must fit this JSON Schema:\n${JSON.stringify(schema)}`;
}

/** Lays further fields over a body: objects are merged one level deep, lists of tools are joined, the rest replaces. */
export function withExtra(body: JsonObject, extra: JsonObject | undefined): JsonObject {
  if (extra === undefined) return body;
  const merged: Record<string, unknown> = { ...body };
  for (const [name, value] of Object.entries(extra)) {
    if (OWN_FIELDS.has(name)) continue;
    const own = Object.hasOwn(merged, name) ? merged[name] : undefined;
    if (isObject(own) && isObject(value)) merged[name] = { ...own, ...value };
    else if (name === 'tools' && Array.isArray(own) && Array.isArray(value))
      merged[name] = [...(own as unknown[]), ...(value as unknown[])];
    else merged[name] = value;
  }
  return merged;
}

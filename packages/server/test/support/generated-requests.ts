import { seededRandom } from '@master-orchestrator/testing';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
}

interface Described {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

/** The parts of an OpenAPI document that requests are made from. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

/** An operation with its place. */
export interface Operation extends Described {
  readonly method: string;
  readonly path: string;
  readonly isPublic: boolean;
  readonly hasBody: boolean;
}

/** A request that was made. */
export interface MadeRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** Every operation of a document, HEAD left out. */
export function operationsOf({ paths }: OpenApi): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'head')
      .map(([method, described]) => ({
        ...described,
        method: method.toUpperCase(),
        path,
        isPublic: described.security?.length === 0,
        hasBody: described.requestBody !== undefined,
      })),
  );
}

/** Makes requests from a document: mostly valid, some off by a value, a type, a field or everything. */
export function requestMaker(
  document: OpenApi,
  { seed, ids }: { readonly seed: number; readonly ids: readonly string[] },
): () => MadeRequest {
  const random = seededRandom(seed);
  const operations = operationsOf(document);
  const maker = new ValueMaker(random, ids);
  let turn = 0;
  return () => {
    const operation = operations.at(turn++ % operations.length);
    if (operation === undefined) throw new Error('The document has no operation.');
    const query = new URLSearchParams();
    let { path } = operation;
    for (const { in: place, name, schema } of operation.parameters ?? []) {
      const value = maker.make(schema, random() < 0.8);
      if (place === 'path') path = path.replace(`{${name}}`, encodeURIComponent(maker.id()));
      else if (place === 'query' && random() < 0.5)
        query.set(name, typeof value === 'string' ? value : JSON.stringify(value));
    }
    const schema = operation.requestBody?.content['application/json']?.schema;
    const body = schema === undefined ? undefined : maker.make(schema, random() < 0.6);
    const search = query.size === 0 ? '' : `?${query.toString()}`;
    return {
      operation,
      method: operation.method,
      path: path + search,
      body: withoutWaiting(operation.operationId, body),
    };
  };
}

/** A wait of minutes is allowed, and of no use here. */
function withoutWaiting(operationId: string, body: unknown): unknown {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (operationId !== 'executeTask' || !isObject) return body;
  const { waitMs = 20 } = body as { readonly waitMs?: unknown };
  return { ...body, waitMs: typeof waitMs === 'number' ? Math.min(waitMs, 20) : waitMs };
}

const ODD: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '../..',
  "' OR 1=1",
  '<script>',
  [],
  {},
  [[]],
  { constructor: 1 },
  'x'.repeat(5_000),
];
const WORDS = ['known', 'hello', 'model', 'scripted:model', '* * * * *', 'UTC', 'application', 'https://example.com/a'];

class ValueMaker {
  readonly #random: () => number;
  readonly #ids: readonly string[];

  constructor(random: () => number, ids: readonly string[]) {
    this.#random = random;
    this.#ids = ids;
  }

  id(): string {
    return this.#pick(this.#ids);
  }

  /** A value of a schema; not a valid one: somewhere something else. */
  make(schema: Schema, isValid: boolean, depth = 0): unknown {
    if (!isValid && this.#random() < 0.25) return this.#pick(ODD);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return this.#pick(schema.enum);
    const choice = schema.anyOf ?? schema.oneOf;
    if (choice !== undefined) return this.make(this.#pick(choice), isValid, depth);
    switch (schema.type) {
      case 'object':
        return this.#object(schema, isValid, depth);
      case 'array':
        return Array.from({ length: 1 + this.#below(2) }, () => this.make(schema.items ?? {}, isValid, depth + 1));
      case 'integer':
      case 'number':
        return this.#number(schema);
      case 'boolean':
        return this.#random() < 0.5;
      case 'null':
        return null;
      case 'string':
        return this.#pick([...WORDS, ...this.#ids.slice(0, 3)]);
      default:
        return depth > 3 ? 1 : this.#pick<unknown>(['text', 1, { a: [1] }]);
    }
  }

  #object({ properties = {}, required = [], additionalProperties }: Schema, isValid: boolean, depth: number): unknown {
    const made: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(properties)) {
      const isWanted = required.includes(name)
        ? isValid || this.#random() < 0.9
        : this.#random() < (depth > 2 ? 0.1 : 0.25);
      if (isWanted) made[name] = this.make(schema, isValid, depth + 1);
    }
    if (typeof additionalProperties === 'object' && this.#random() < 0.7) {
      made[this.#pick(WORDS)] = this.make(additionalProperties, isValid, depth + 1);
    }
    if (!isValid && this.#random() < 0.3) made['unheardOf'] = this.#pick(ODD);
    return made;
  }

  #number({ type, minimum = 0, exclusiveMinimum, maximum = 1_000 }: Schema): number {
    const lowest = Math.max(exclusiveMinimum === undefined ? minimum : exclusiveMinimum + 1, -1_000);
    const value = lowest + this.#random() * Math.max(0, Math.min(maximum, lowest + 1_000) - lowest);
    return type === 'integer' ? Math.floor(value) : value;
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  #pick<Item>(items: readonly Item[]): Item {
    const item = items.at(this.#below(items.length));
    if (item === undefined) throw new Error('There is nothing to pick from.');
    return item;
  }
}

import { OrchestratorError, type Json, type SecretMask } from '@master-orchestrator/errors';
import { z, type ZodType } from 'zod';

/** Most bytes of a user context, as JSON. */
const MOST_BYTES = 65_536;
const DEEPEST = 64;
/** Names through which a careless reader would reach the prototype of every object. */
const HOSTILE_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const MOST_ISSUES = 5;
const ADVICE =
  'Pass ids and other plain values; let a tool look up clients and connections in its closure, or rebind them.';

/** What a schema makes of a user context, or what of it does not fit. */
export type UserContextFit =
  | { readonly fits: true; readonly value: unknown }
  | { readonly fits: false; readonly problem: string };

/**
 * A frozen copy of a user context; `undefined` stays. Members that are `undefined` are left out, as JSON does.
 *
 * @param mask - Finds secrets; without it none is looked for.
 * @throws OrchestratorError USER_CONTEXT_INVALID, naming the path: not plain JSON, larger than 64 KiB, a secret, a key
 * such as `__proto__`
 */
export function readUserContext(value: unknown, mask?: SecretMask): Json | undefined {
  if (value === undefined) return undefined;
  let copy: Json;
  try {
    copy = new Reader(mask).read(value, 'userContext', 0);
  } catch (cause) {
    if (OrchestratorError.isInstance(cause)) throw cause;
    throw invalid(`Reading userContext threw. ${ADVICE}`, cause);
  }
  if (Buffer.byteLength(JSON.stringify(copy)) > MOST_BYTES) throw tooLarge();
  return copy;
}

const fits = new WeakMap<ZodType, WeakMap<object, UserContextFit>>();
const NOTHING: object = {};

/**
 * Reads a user context by the schema of who needs it. Each context is read once by each schema; the value is frozen.
 *
 * @param userContext - As {@link readUserContext} gave it.
 */
export function fitUserContext(schema: ZodType, userContext: Json | undefined): UserContextFit {
  if (typeof userContext !== 'object' && userContext !== undefined) return fit(schema, userContext);
  const known = fits.get(schema) ?? new WeakMap<object, UserContextFit>();
  fits.set(schema, known);
  const found = known.get(userContext ?? NOTHING);
  if (found !== undefined) return found;
  const made = fit(schema, userContext);
  known.set(userContext ?? NOTHING, made);
  return made;
}

function fit(schema: ZodType, userContext: Json | undefined): UserContextFit {
  try {
    const read = schema.safeParse(userContext);
    if (read.success) return { fits: true, value: deepFreeze(read.data) };
    return { fits: false, problem: wordsOf(read.error.issues, schema) };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it threw';
    return { fits: false, problem: `its schema could not check it (${why})` };
  }
}

/** The first problems, without anything of the context itself: a model, events and logs may get to see them. */
function wordsOf(issues: z.core.$ZodError['issues'], schema: ZodType): string {
  const text = JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  const isDeclared = (key: PropertyKey): boolean =>
    typeof key === 'number' || text.includes(`${JSON.stringify(String(key))}:`);
  const words = issues.slice(0, MOST_ISSUES).map(({ code, path, message }) => {
    const keys = path.map((key) => (isDeclared(key) ? String(key) : '*'));
    const said = code === 'unrecognized_keys' ? 'it has keys that are not expected' : message;
    return `${['userContext', ...keys].join('.')}: ${said}`;
  });
  return words.join('; ') + (issues.length > MOST_ISSUES ? `; and ${issues.length - MOST_ISSUES} more` : '');
}

/** Freezes plain objects and arrays, however deep; everything else is left as it is. */
function deepFreeze<Value>(value: Value, seen: WeakSet<object> = new WeakSet()): Value {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  if (!Array.isArray(value) && !isPlain(value)) return value;
  seen.add(Object.freeze(value));
  for (const member of Object.values(value)) deepFreeze(member, seen);
  return value;
}

class Reader {
  readonly #mask: SecretMask | undefined;
  /** Counted while copying, and never more than there are, so that a small value that is huge as JSON ends early. */
  #bytesLeft = MOST_BYTES;

  constructor(mask: SecretMask | undefined) {
    this.#mask = mask;
  }

  read(value: unknown, path: string, depth: number): Json {
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'string') return this.#text(value, path);
    if (typeof value === 'number' && Number.isFinite(value)) return this.#number(value, path);
    if (typeof value !== 'object') throw notJson(value, path);
    if (depth >= DEEPEST) throw invalid(`${path} is nested deeper than ${DEEPEST} levels, or refers to itself.`);
    if (Array.isArray(value)) return this.#array(value, path, depth);
    if (!isPlain(value)) throw notJson(value, path);
    return this.#object(value, path, depth);
  }

  #array(value: readonly unknown[], path: string, depth: number): Json {
    this.#spend(value.length + 1);
    const copy = Array.from(value, (member, index) => this.read(member, `${path}[${index}]`, depth + 1));
    return Object.freeze(copy) as Json;
  }

  #object(value: object, path: string, depth: number): Json {
    this.#spend(2);
    const copy: Record<string, Json> = {};
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
      if (property.enumerable !== true || (property.get === undefined && property.value === undefined)) continue;
      if (HOSTILE_KEYS.has(key)) throw invalid(`${path} has a key "${key}", which is not accepted.`);
      if (this.#isSecret(key)) throw secret(`a key of ${path}`);
      const place = `${path}.${key.slice(0, 64)}`.slice(0, 400);
      if (property.get !== undefined) throw invalid(`${place} is a getter, which is no plain JSON. ${ADVICE}`);
      this.#spend(key.length + 3);
      copy[key] = this.read(property.value, place, depth + 1);
    }
    return Object.freeze(copy);
  }

  #text(value: string, path: string): string {
    this.#spend(value.length + 2);
    if (this.#isSecret(value)) throw secret(path);
    return value;
  }

  #number(value: number, path: string): number {
    this.#spend(1);
    if (this.#isSecret(String(value))) throw secret(path);
    return value === 0 ? 0 : value; // JSON has no minus zero
  }

  #isSecret(text: string): boolean {
    return this.#mask !== undefined && this.#mask(text) !== text;
  }

  #spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) throw tooLarge();
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function notJson(value: unknown, path: string): OrchestratorError {
  return invalid(`${path} is ${kindOf(value)}, which is no plain JSON. ${ADVICE}`);
}

function kindOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return value === undefined ? 'undefined' : `a ${typeof value}`;
  const { constructor: made } = value as { readonly constructor?: unknown };
  return typeof made === 'function' && made.name !== '' ? `an instance of ${made.name}` : 'an object with a prototype';
}

function secret(place: string): OrchestratorError {
  return invalid(
    `${place} holds a secret of the configuration, or what has the form of a key. A user context is stored with its task: pass an id, and let the tool look the secret up.`,
  );
}

function tooLarge(): OrchestratorError {
  return invalid(`userContext is larger than ${MOST_BYTES} bytes as JSON. Pass ids, and let tools look up the rest.`);
}

function invalid(message: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError('USER_CONTEXT_INVALID', message, cause === undefined ? {} : { cause });
}

import type { JsonSchema, ModelToolSpec } from '@master-orchestrator/contracts';
import { describeSchema, propertiesOf, resolveSchema, typeOf, variantsOf } from '../schema/json-schema.js';
import { isAction } from '../text/actions.js';
import { countShared, splitWords, stem, stemList, stemSet } from '../text/words.js';
import { roleOf, type Role } from './roles.js';
import { TRADES, type Trade, type TradeWords } from './trade.js';

/** How another agent is reached through a tool. */
export type Reach = 'delegate' | 'handoff';

/** A tool with what could be told about it from its name, description and schema. */
export interface KnownTool {
  readonly spec: ModelToolSpec;
  /** Absent where the tool fits no known trade. */ readonly trade?: Trade;
  readonly phase: number;
  /** Set for a tool that hands work to another agent. */ readonly reach?: Reach;
  /** Meaningful words of its name and description. */ readonly stems: ReadonlySet<string>;
  readonly nameStems: ReadonlySet<string>;
  readonly roles: ReadonlySet<Role>;
}

/** Phase of a tool of no known trade: after the reading, before the report. */
const OTHER_PHASE = 4;
const LEAST_SCORE = 3;
/** Levels of objects that are looked into. */
const DEEPEST = 4;

/** Properties without which a tool cannot be of a trade. */
const NEEDED: Partial<Record<Trade, readonly Role[]>> = {
  read: ['path', 'url', 'text'],
  write: ['path', 'folder', 'text'],
  fetch: ['url', 'path'],
  send: ['email', 'text', 'task', 'title', 'summary'],
  query: ['query', 'path'],
};

/** Reads a tool. */
export function classifyTool(spec: ModelToolSpec): KnownTool {
  const nameStems = new Set(splitWords(spec.name).map(stem));
  const roles = rolesOf(spec);
  const stems = new Set([...nameStems, ...stemSet(spec.description)]);
  const reach = reachOf(spec.name);
  const base = { spec, stems, nameStems, roles };
  if (reach !== undefined) return { ...base, reach, phase: OTHER_PHASE };
  const best = bestTrade(spec, nameStems, roles);
  return best === undefined ? { ...base, phase: OTHER_PHASE } : { ...base, trade: best.trade, phase: best.phase };
}

function reachOf(name: string): Reach | undefined {
  if (name.startsWith('delegate_to_')) return 'delegate';
  return name.startsWith('transfer_to_') ? 'handoff' : undefined;
}

function rolesOf(spec: ModelToolSpec): Set<Role> {
  const properties = propertiesOf(resolveSchema(spec.parameters, spec.parameters));
  return new Set(properties.flatMap(({ name, schema }) => roleOf(name, schema) ?? []));
}

function bestTrade(spec: ModelToolSpec, name: ReadonlySet<string>, roles: ReadonlySet<Role>): TradeWords | undefined {
  const sentence = stemList(spec.description.split(/[.;:](?:\s|$)/)[0] ?? '');
  let best: TradeWords | undefined;
  let bestScore = LEAST_SCORE - 0.5;
  for (const words of TRADES) {
    if (!canBe(words.trade, spec, roles) || doesSomethingElse(words, spec.name)) continue;
    const score = scoreTrade(words, name, sentence);
    if (score > bestScore) {
      best = words;
      bestScore = score;
    }
  }
  return best;
}

/** True where the name says another action: `delete_file` is no way to read or list files. */
function doesSomethingElse({ verbs, strong, objects }: TradeWords, name: string): boolean {
  const actions = splitWords(name).filter(isAction).map(stem);
  return (
    actions.length > 0 && !actions.some((action) => verbs.has(action) || strong.has(action) || objects.has(action))
  );
}

/** The name counts most; a verb alone says nothing without what is done to. */
function scoreTrade(words: TradeWords, name: ReadonlySet<string>, sentence: readonly string[]): number {
  const told = new Set(sentence);
  const objects = countShared(words.objects, name) + countShared(words.strong, name);
  const toldObjects = Math.min(2, countShared(words.objects, told) + countShared(words.strong, told));
  if (objects + toldObjects === 0) return 0;
  const verb = countShared(words.verbs, name) > 0 ? 3 : 0;
  const toldVerb = words.verbs.has(sentence[0] ?? '') ? 1.5 : countShared(words.verbs, told) > 0 ? 0.5 : 0;
  return verb + Math.min(2, objects) * 2 + toldVerb + toldObjects;
}

function canBe(trade: Trade, spec: ModelToolSpec, roles: ReadonlySet<Role>): boolean {
  if (trade === 'analyse') return takesNumbers(spec);
  const needed = NEEDED[trade];
  return needed === undefined || needed.some((role) => roles.has(role));
}

/** True where some property, or one inside it, holds a list, any object, or text that may be data. */
function takesNumbers(spec: ModelToolSpec): boolean {
  const root = resolveSchema(spec.parameters, spec.parameters);
  return propertiesOf(root).some(({ name, schema }) => holdsNumbers(name, schema, root, 0));
}

function holdsNumbers(name: string, schema: JsonSchema, root: JsonSchema, depth: number): boolean {
  const role = roleOf(name, schema);
  if (role === 'path' || role === 'url' || role === 'code' || depth > DEEPEST) return false;
  return variantsOf(schema, root).some((variant) => {
    const type = typeOf(variant);
    const inner = propertiesOf(variant);
    if (inner.length > 0)
      return inner.some((property) => holdsNumbers(property.name, property.schema, root, depth + 1));
    const isListOfNumbers =
      type === 'array' && /number|integer|object|array|\$ref/.test(JSON.stringify(variant.items ?? 'number'));
    return (
      isListOfNumbers ||
      (role === 'data' && type !== 'boolean') ||
      (type === undefined && describeSchema(variant) !== '')
    );
  });
}

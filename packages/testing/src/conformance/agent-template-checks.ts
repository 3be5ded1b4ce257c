import { isDeepStrictEqual } from 'node:util';
import { isSchema, type AgentDefinition, type AnyTemplate } from '@master-orchestrator/contracts';
import * as fc from 'fast-check';
import { z } from 'zod';
import { checkOf, show, type Check, type Rule } from './check.js';
import { argumentsArbitrary } from './schema-arbitrary.js';
import type { TemplateSurroundings } from './template-checks.js';

const RULES = {
  shape: {
    rule: 'template-shape',
    holds: 'is a whole template',
    why: 'The host refuses templates without name, description, parameters and build.',
    fix: 'Make it with defineTemplate(), which names what is wrong; versions are semver.',
  },
  parameters: {
    rule: 'template-parameters',
    holds: 'has parameters that JSON Schema can tell, with an object at the root',
    why: 'A planning master reads them as JSON Schema, and so do the API and the documentation.',
    fix: 'Use z.object({…}) with texts, numbers, enums, lists and objects.',
  },
  example: {
    rule: 'template-example',
    holds: 'has an example that fits its own parameters',
    why: 'The example is what documentation shows and what a person tries first.',
    fix: 'Give example: { parameters, task } with parameters that the schema accepts and a task in words.',
  },
  builds: {
    rule: 'template-builds',
    holds: 'builds an agent from any parameters its schema accepts',
    why: 'A build that throws, or gives half an agent, fails in the middle of a plan.',
    fix: 'Tighten the schema, or handle the case in build(); return name and instructions, and limits above zero.',
  },
  pure: {
    rule: 'template-pure',
    holds: 'builds the same from the same, and leaves its parameters as they were',
    why: 'Agents are rebuilt after a restart; what differs then no longer matches the journal.',
    fix: 'No clock, no chance, no counters and no files in build(); copy before you change.',
  },
  instructions: {
    rule: 'template-instructions',
    holds: 'gives instructions with nothing left open in them',
    why: 'A model takes "undefined" or "{{language}}" at its word.',
    fix: 'Fill in every placeholder, and give every optional parameter a default.',
  },
  tools: {
    rule: 'template-tools',
    holds: 'names tools that exist, each once',
    why: 'Creating the agent fails on a tool nobody has registered.',
    fix: 'Name tools as their plugins do, and say in the README which plugins are needed.',
  },
} as const satisfies Record<string, Rule>;

const limitsSchema = z.strictObject({
  turns: z.int().min(1).max(1_000).optional(),
  parallelToolCalls: z.int().min(1).max(1_000).optional(),
  turnTimeoutMs: z.number().positive().optional(),
  taskTimeoutMs: z.number().positive().optional(),
  concurrentTasks: z.int().min(1).optional(),
  model: z.record(z.string(), z.number().positive()).optional(),
});

const definitionSchema = z.looseObject({
  name: z.string().min(1).max(100),
  instructions: z.string(),
  model: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  tools: z.array(z.string()).optional(),
  delegates: z.array(z.string().min(1)).optional(),
  limits: limitsSchema.optional(),
});

/** What is never meant to reach a model. */
const LEFT_OPEN = /\{\{.*?\}\}|\$\{.*?\}|<%.*?%>|\[object \w+\]/;

/** What a missing value becomes in a text. As a word it may be meant, so only some parameters bring it in. */
const MISSING = /\b(undefined|NaN)\b/g;

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const TEMPLATE_NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const SEMVER = /^\d+\.\d+\.\d+/;

/** The checks of one agent template. */
export function agentTemplateChecks(template: AnyTemplate, around: TemplateSurroundings): readonly Check[] {
  const subject = typeof template.name === 'string' && template.name !== '' ? template.name : 'a template without name';
  const shape = checkOf(subject, RULES.shape, () => hasTemplateShape(template));
  if (!isSchema(template.parameters) || typeof template.build !== 'function') return [shape];
  return [
    shape,
    checkOf(subject, RULES.parameters, () => hasObjectParameters(template.parameters)),
    checkOf(subject, RULES.example, () => hasExample(template)),
    checkOf(subject, RULES.builds, () => builds(template, around)),
    checkOf(subject, RULES.pure, () => buildsPurely(template, around)),
    checkOf(subject, RULES.instructions, () => givesInstructions(template, around)),
    checkOf(subject, RULES.tools, () => namesTools(template, around)),
  ];
}

/** Name, description, version and schema of an agent or team template. */
export function hasTemplateShape(template: {
  readonly name: string;
  readonly description: string;
  readonly version?: string;
  readonly parameters: unknown;
  readonly build: unknown;
}): void {
  if (!TEMPLATE_NAME.test(template.name)) throw new Error(`The name is ${show(template.name)}; kebab-case is wanted.`);
  if (typeof template.description !== 'string' || template.description.trim().length < 10) {
    throw new Error(`The description is ${show(template.description)}; say what the result is good for.`);
  }
  if (template.version !== undefined && !SEMVER.test(template.version))
    throw new Error(`The version is ${show(template.version)}.`);
  if (!isSchema(template.parameters)) throw new Error('parameters is no zod schema.');
  if (typeof template.build !== 'function') throw new Error('build is no function.');
}

/** The parameters of an agent or team template. */
export function hasObjectParameters(parameters: z.ZodType): void {
  let schema: { readonly type?: unknown };
  try {
    schema = z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'throw' });
  } catch (error) {
    throw new Error(`The parameters do not convert: ${show(error)}.`, { cause: error });
  }
  if (schema.type !== 'object') throw new Error(`The root of the parameters is ${show(schema.type ?? 'a union')}.`);
}

/** Parameters that the schema accepts, parsed: the example, the empty object, and generated ones. */
export function parametersOf(
  template: { readonly parameters: z.ZodType; readonly example?: { readonly parameters: unknown } },
  { runs, seed }: TemplateSurroundings,
): readonly unknown[] {
  const generated = fc.sample(argumentsArbitrary(template.parameters), { numRuns: runs, seed });
  const given = template.example === undefined ? [] : [template.example.parameters];
  return [...given, {}, ...generated].flatMap((parameters) => {
    const parsed = template.parameters.safeParse(parameters);
    return parsed.success ? [parsed.data] : [];
  });
}

/** Without what no JSON holds: schemas as JSON Schema, functions as their text. */
export function comparable(value: unknown): unknown {
  if (typeof value === 'function') return String(value);
  if (isSchema(value)) return z.toJSONSchema(value, { io: 'input', unrepresentable: 'any' });
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, comparable(child)]));
}

function hasExample(template: AnyTemplate): void {
  const { example } = template;
  if (example === undefined) throw new Error('There is no example.');
  const parsed = template.parameters.safeParse(example.parameters);
  if (!parsed.success) throw new Error(`The example's parameters do not fit: ${parsed.error.message}.`);
  if (typeof example.task !== 'string' || example.task.trim() === '') throw new Error('The example has no task.');
}

function builds(template: AnyTemplate, around: TemplateSurroundings): void {
  for (const parameters of parametersOf(template, around)) {
    const built = attempt(template, parameters, around);
    const checked = definitionSchema.safeParse(built);
    if (!checked.success)
      throw new Error(`From ${show(parameters)} it built ${show(built)}: ${checked.error.message}.`);
    for (const name of ['outputSchema', 'userContextSchema'] as const)
      if (built[name] !== undefined && !isSchema(built[name])) throw new Error(`${name} is no zod schema.`);
  }
}

function buildsPurely(template: AnyTemplate, around: TemplateSurroundings): void {
  for (const parameters of parametersOf(template, around)) {
    const before = structuredClone(parameters);
    const first = comparable(attempt(template, parameters, around));
    if (!isDeepStrictEqual(parameters, before))
      throw new Error(`build() changed ${show(before)} into ${show(parameters)}.`);
    const second = comparable(attempt(template, structuredClone(before), around));
    if (!isDeepStrictEqual(first, second)) {
      throw new Error(`From ${show(before)} it built ${show(first)}, then ${show(second)}.`);
    }
  }
}

function givesInstructions(template: AnyTemplate, around: TemplateSurroundings): void {
  const built = parametersOf(template, around).map((parameters) => ({
    parameters,
    instructions: attempt(template, parameters, around).instructions as unknown,
  }));
  const meant = Math.min(...built.map(({ instructions }) => missingIn(instructions)));
  const givenCount = parametersOf(template, { ...around, runs: 0 }).length;
  for (const [index, { parameters, instructions }] of built.entries()) {
    if (typeof instructions !== 'string' || instructions.trim().length < 20) {
      throw new Error(`From ${show(parameters)} the instructions are ${show(instructions)}.`);
    }
    // Generated texts may hold anything; what is left open shows with the example and with no parameters.
    if (index >= givenCount) continue;
    const open = LEFT_OPEN.exec(instructions)?.[0] ?? (missingIn(instructions) > meant ? 'undefined' : undefined);
    if (open !== undefined) throw new Error(`From ${show(parameters)} the instructions hold ${show(open)}.`);
    if (instructions.length > 32_000)
      throw new Error(`The instructions have ${instructions.length} characters; at most 32,000.`);
  }
}

function missingIn(instructions: unknown): number {
  return typeof instructions === 'string' ? (instructions.match(MISSING) ?? []).length : 0;
}

function namesTools(template: AnyTemplate, around: TemplateSurroundings): void {
  // Generated parameters may name tools that cannot be; what the template names itself shows with the given ones.
  for (const parameters of parametersOf(template, { ...around, runs: 0 })) {
    const { tools = [] } = attempt(template, parameters, around);
    const odd = tools.find((name) => !TOOL_NAME.test(name));
    if (odd !== undefined) throw new Error(`${show(odd)} is no name of a tool.`);
    const twice = tools.find((name, index) => tools.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`"${twice}" is named twice.`);
    const missing = around.tools === undefined ? [] : tools.filter((name) => around.tools?.has(name) === false);
    if (missing.length > 0) throw new Error(`No such tools: ${missing.join(', ')}.`);
  }
}

/** Builds, with what the template extends below it. */
function attempt(template: AnyTemplate, parameters: unknown, around: TemplateSurroundings): AgentDefinition<unknown> {
  try {
    return layered(template, parameters, around, []);
  } catch (error) {
    throw new Error(`build(${show(parameters)}) threw ${show(error)}.`, { cause: error });
  }
}

function layered(
  template: AnyTemplate,
  parameters: unknown,
  around: TemplateSurroundings,
  path: readonly string[],
): AgentDefinition<unknown> {
  const built = template.build(parameters as never);
  if (template.extends === undefined) return built;
  if (path.includes(template.extends))
    throw new Error(`templates extend each other: ${[...path, template.extends].join(' -> ')}`);
  const base = around.templates.get(template.extends);
  if (base === undefined) throw new Error(`it extends "${template.extends}", which is not among the templates`);
  const parsed = base.parameters.safeParse(parameters);
  if (!parsed.success)
    throw new Error(`"${base.name}", which it extends, refuses these parameters: ${parsed.error.message}`);
  return { ...layered(base, parsed.data, around, [...path, template.name]), ...built };
}

import { EFFECTS, problemOfTool, type AnyTool, type ToolContext } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { checkOf, show, withoutSkipped, type Check, type Rule } from './check.js';
import { describeChecks } from './describe-checks.js';
import { pluginFactChecks, pluginOf, type PluginCheckOptions, type PluginSource } from './plugin-facts.js';
import { fuzzRuns, toolRunChecks } from './tool-run-checks.js';

/** Options of {@link toolPluginChecks}. */
export interface ToolCheckOptions extends PluginCheckOptions {
  /** Arguments that must work, by tool; also what the checks of effect and abort use. */
  readonly examples?: Readonly<Record<string, readonly unknown[]>>;
  /**
   * Fields of the context for a tool: a `fetch` that reaches a server of the test, for example. Without it `files` live
   * in a temporary folder, and `fetch` reaches nothing; a `userContext` that the tool declares is made up.
   */
  readonly context?: (tool: AnyTool) => Partial<ToolContext>;
  /** Fuzzed calls for each tool. @default 200 */ readonly runs?: number;
  /** The same for single tools, by name. */ readonly runsByTool?: Readonly<Record<string, number>>;
  /** Seed of the fuzzed arguments. @default 1 */ readonly seed?: number;
  /** Time for one call, in milliseconds. @default 1_000 */ readonly callLimitMs?: number;
  /** Time to end after an abort, in milliseconds. @default 1_000 */ readonly abortLimitMs?: number;
}

/**
 * What a plugin that adds tools must keep: schema, naming, limits, effect, abort, errors, results, fuzzed arguments.
 * Tools are really called, with generated arguments; name those that reach further than their context lets them (a
 * database of their own, a process) in `skip`, as `<tool>/tool-fuzz`.
 */
export function toolPluginChecks(source: PluginSource, options: ToolCheckOptions = {}): readonly Check[] {
  const plugin = pluginOf(source);
  const tools = plugin.contributes?.tools ?? [];
  const checks = [
    ...pluginFactChecks(plugin, options),
    checkOf(plugin.name, RULES.some, () => hasTools(tools)),
    ...tools.flatMap((tool) => toolChecks(tool, options)),
  ];
  return withoutSkipped(checks, options.skip);
}

/** A vitest suite of {@link toolPluginChecks}: `await describeToolPlugin(myPlugin())`. */
export async function describeToolPlugin(source: PluginSource, options: ToolCheckOptions = {}): Promise<void> {
  const plugin = pluginOf(source);
  const runs = Math.max(...(plugin.contributes?.tools ?? []).map((tool) => fuzzRuns(tool, options)), 0);
  await describeChecks(`tool plugin ${plugin.name}`, toolPluginChecks(source, options), runs * MS_A_RUN);
}

/** Time that one fuzzed call may take on average, on a busy machine. */
const MS_A_RUN = 60;

const RULES = {
  some: {
    rule: 'tools-some',
    holds: 'adds tools, each with a name of its own',
    why: 'A repeated name is an error in the host, and the whole plugin is refused.',
    fix: 'List the tools under contributes.tools and give each its own name.',
  },
  shape: {
    rule: 'tool-shape',
    holds: 'is a whole tool',
    why: 'The host refuses tools with missing or unknown fields.',
    fix: 'Make it with defineTool(), which fills in the safe defaults and names what is wrong.',
  },
  name: {
    rule: 'tool-name',
    holds: 'has a name in snake_case',
    why: 'Models write snake_case names most reliably, and lists of tools stay readable.',
    fix: 'Name it <verb>_<noun>, such as "read_file".',
  },
  description: {
    rule: 'tool-description',
    holds: 'has a description a model can choose by',
    why: 'The description is all a model knows; services take at most 1,024 characters.',
    fix: 'Say in 20 to 1,024 characters what it does, with what, and what comes back.',
  },
  schema: {
    rule: 'tool-schema',
    holds: 'has arguments that JSON Schema can tell, with an object at the root',
    why: 'Models see JSON Schema only, and services refuse any other root.',
    fix: 'Use z.object({…}) without dates, maps, sets, bigints or custom types: take text or numbers and convert inside.',
  },
  limits: {
    rule: 'tool-limits',
    holds: 'has sane limits',
    why: 'A limit of zero blocks every call; one of hours keeps a slot for hours.',
    fix: 'timeoutMs 1 to 3,600,000; perMinute, concurrent and callsPerRun whole numbers from 1.',
  },
} as const satisfies Record<string, Rule>;

function toolChecks(tool: AnyTool, options: ToolCheckOptions): readonly Check[] {
  const subject = typeof tool.name === 'string' && tool.name !== '' ? tool.name : 'a tool without name';
  const facts = [
    checkOf(subject, RULES.shape, () => hasShape(tool)),
    checkOf(subject, RULES.name, () => hasName(tool)),
    checkOf(subject, RULES.description, () => hasDescription(tool)),
    checkOf(subject, RULES.schema, () => hasSchema(tool)),
    checkOf(subject, RULES.limits, () => hasSaneLimits(tool)),
  ];
  // What is no tool cannot be called.
  return problemOfTool(tool) === undefined ? [...facts, ...toolRunChecks(tool, subject, options)] : facts;
}

function hasTools(tools: readonly AnyTool[]): void {
  if (tools.length === 0) throw new Error('The plugin adds no tool.');
  const names = tools.map((tool) => tool.name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) throw new Error(`More than one tool is named ${twice.map(show).join(', ')}.`);
}

function hasShape(tool: AnyTool): void {
  const problem = problemOfTool(tool);
  if (problem !== undefined) throw new Error(problem);
  const { effect, approval } = tool;
  if (typeof effect === 'string' && !EFFECTS.includes(effect)) throw new Error(`effect is ${show(effect)}.`);
  if (approval !== undefined && typeof approval !== 'boolean' && typeof approval !== 'function') {
    throw new Error(`approval is ${show(approval)}, neither a boolean nor a function.`);
  }
}

function hasName(tool: AnyTool): void {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(tool.name)) throw new Error(`The name is ${show(tool.name)}.`);
}

function hasDescription({ name, description }: AnyTool): void {
  const { length } = description.trim();
  if (length < 20 || length > 1_024) throw new Error(`The description has ${length} characters: ${show(description)}.`);
  if (lettersOf(description) === lettersOf(name)) throw new Error('The description only repeats the name.');
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function hasSchema(tool: AnyTool): void {
  let schema: { readonly type?: unknown };
  try {
    schema = z.toJSONSchema(tool.inputSchema, { io: 'input', unrepresentable: 'throw' });
  } catch (error) {
    throw new Error(`The inputSchema does not convert: ${show(error)}.`, { cause: error });
  }
  if (schema.type !== 'object')
    throw new Error(`The root of the schema is ${show(schema.type ?? 'a union')}, not an object.`);
}

function hasSaneLimits({ limits = {}, cache }: AnyTool): void {
  inRange('timeoutMs', limits.timeoutMs, 3_600_000, false);
  inRange('perMinute', limits.perMinute, Number.MAX_SAFE_INTEGER, false);
  inRange('concurrent', limits.concurrent, Number.MAX_SAFE_INTEGER, true);
  inRange('callsPerRun', limits.callsPerRun, Number.MAX_SAFE_INTEGER, true);
  if (cache !== undefined && !(cache.ttlMs > 0)) throw new Error(`cache.ttlMs is ${show(cache.ttlMs)}.`);
}

function inRange(field: string, value: number | undefined, max: number, isWhole: boolean): void {
  if (value === undefined) return;
  const isSane = Number.isFinite(value) && value >= 1 && value <= max && (!isWhole || Number.isInteger(value));
  if (!isSane) throw new Error(`limits.${field} is ${show(value)}.`);
}

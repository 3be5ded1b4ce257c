import { problemOfTool, type AnyTool, type Contributions, type PluginV1 } from '@master-orchestrator/contracts';
import { classify, OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';

/** Rows of the contribution table with the key that must be unique in each, or none where all count. */
const CONTRIBUTION_KEYS = {
  tools: 'name',
  templates: 'name',
  teamTemplates: 'name',
  recoveryStrategies: 'name',
  errorRules: undefined,
  models: 'name',
  priceTables: undefined,
  engines: 'scheme',
  sessionStores: 'name',
  eventSinks: undefined,
  metrics: undefined,
  healthChecks: undefined,
} as const satisfies Record<keyof Contributions, string | undefined>;

/** A row of the contribution table. */
export type ContributionKind = keyof Contributions;

/** What a row of the table holds. */
export type ContributionOf<Kind extends ContributionKind> = NonNullable<Contributions[Kind]>[number];

const KINDS = Object.keys(CONTRIBUTION_KEYS) as ContributionKind[];

/** What is wired once, when the orchestrator is made. */
const FIXED_KINDS: readonly ContributionKind[] = ['engines', 'sessionStores', 'recoveryStrategies', 'errorRules'];

const namedThing = z.custom<object>((value) => typeof value === 'object' && value !== null, 'must be an object');
const hook = z
  .custom<unknown>((value) => value === undefined || typeof value === 'function', 'must be a function')
  .optional();
const pluginShape = z.strictObject({
  specificationVersion: z.string(),
  name: z.string().min(1),
  version: z.string().min(1),
  dependsOn: z.array(z.string()).readonly().optional(),
  permissions: z
    .array(
      z
        .string()
        .regex(
          /^(net|fs:read|fs:write|process|env:[A-Za-z_][A-Za-z0-9_]*)$/,
          'must be net, fs:read, fs:write, process or env:NAME',
        ),
    )
    .readonly()
    .optional(),
  contributes: z.strictObject(
    Object.fromEntries(KINDS.map((kind) => [kind, z.array(namedThing).readonly().optional()])),
  ),
  setup: hook,
  dispose: hook,
});

/**
 * Checks a plugin and gives a frozen copy of it: what it says of itself is read once, here, so that it cannot say
 * something else later. Its functions run on the plugin's own objects.
 *
 * @throws OrchestratorError PLUGIN_INVALID, PLUGIN_VERSION_UNSUPPORTED
 */
export function takePlugin(plugin: unknown, index?: number): PluginV1 {
  const label = labelOf(plugin, index);
  try {
    return take(plugin, label);
  } catch (error) {
    if (OrchestratorError.isInstance(error)) throw error;
    const { message } = classify(error);
    throw new OrchestratorError('PLUGIN_INVALID', `${label} could not be read: ${message}`, { cause: error });
  }
}

/** How messages and listings call a plugin whose name may be unreadable. */
export function labelOf(plugin: unknown, index = 0): string {
  const name = readName(plugin);
  return name === undefined ? `Plugin number ${index + 1}` : `Plugin "${name}"`;
}

/** The name a value gives as a plugin's, or `undefined` where it has none to read. */
export function readName(plugin: unknown): string | undefined {
  try {
    const name = (plugin as { readonly name?: unknown } | null | undefined)?.name;
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Notes the names that a plugin claims.
 *
 * @param owners - Names by `<kind>/<name>` with the plugin that has each; added to.
 * @throws OrchestratorError PLUGIN_INVALID, PLUGIN_CONTRIBUTION_DUPLICATE
 */
export function claimNames(plugin: PluginV1, owners: Map<string, string>): void {
  for (const kind of KINDS) {
    const key = CONTRIBUTION_KEYS[kind];
    for (const value of key === undefined ? [] : (plugin.contributes[kind] ?? [])) {
      const name = (value as unknown as Record<string, unknown>)[key as string];
      if (typeof name !== 'string' || name === '') {
        throw new OrchestratorError(
          'PLUGIN_INVALID',
          `Plugin "${plugin.name}": an entry of contributes.${kind} has no ${key}.`,
        );
      }
      const owner = owners.get(`${kind}/${name}`);
      if (owner !== undefined) {
        throw new OrchestratorError(
          'PLUGIN_CONTRIBUTION_DUPLICATE',
          `Plugin "${plugin.name}" adds ${kind} "${name}", which plugin "${owner}" adds already. Rename it or leave one plugin out.`,
        );
      }
      owners.set(`${kind}/${name}`, plugin.name);
    }
  }
}

/** What a plugin adds that holds from the start of an orchestrator to its end. */
export function fixedKindsOf(plugin: PluginV1): readonly ContributionKind[] {
  return FIXED_KINDS.filter((kind) => (plugin.contributes[kind] ?? []).length > 0);
}

/** Names of what a plugin adds, by kind. */
export function namesOf(plugin: PluginV1): Record<string, readonly string[]> {
  const names: Record<string, readonly string[]> = {};
  for (const kind of KINDS) {
    const values = plugin.contributes[kind] ?? [];
    if (values.length === 0) continue;
    names[kind] = values.map((value) => {
      const named = value as { readonly name?: string; readonly scheme?: string };
      return named.name ?? named.scheme ?? 'unnamed';
    });
  }
  return names;
}

function take(plugin: unknown, label: string): PluginV1 {
  if (typeof plugin === 'function') {
    throw new OrchestratorError('PLUGIN_INVALID', `${label} is a function. Call the factory: plugins: [myPlugin()].`);
  }
  const version = (plugin as { readonly specificationVersion?: unknown } | null | undefined)?.specificationVersion;
  if (version !== undefined && version !== 'v1') {
    throw new OrchestratorError(
      'PLUGIN_VERSION_UNSUPPORTED',
      `${label} has specificationVersion ${JSON.stringify(version)}; this orchestrator knows "v1". Install a version of the plugin made for it.`,
    );
  }
  const checked = pluginShape.safeParse(plugin);
  if (!checked.success) {
    const problems = checked.error.issues
      .slice(0, 5)
      .map((issue) => `${issue.path.join('.') || 'plugin'}: ${issue.message}`);
    throw new OrchestratorError('PLUGIN_INVALID', `${label} is not a valid plugin object: ${problems.join('; ')}.`);
  }
  const { setup, dispose, contributes, ...head } = checked.data;
  const copy = Object.freeze({
    ...head,
    contributes: takeContributions(contributes as Contributions, label),
    ...(setup === undefined ? {} : { setup: bound(setup, plugin as object) }),
    ...(dispose === undefined ? {} : { dispose: bound(dispose, plugin as object) }),
  }) as PluginV1;
  claimNames(copy, new Map());
  return copy;
}

function takeContributions(given: Contributions, label: string): Contributions {
  for (const { prices } of given.priceTables ?? []) {
    if (typeof prices === 'object' && prices !== null) continue;
    throw new OrchestratorError('PLUGIN_INVALID', `${label}: prices of a price table must be an object.`);
  }
  return Object.freeze({
    ...given,
    ...(given.tools === undefined ? {} : { tools: given.tools.map((tool) => takeTool(tool, label)) }),
    ...(given.templates === undefined
      ? {}
      : { templates: given.templates.map((template) => taken(template, [...TEMPLATE_FIELDS, 'extends', 'example'])) }),
    ...(given.teamTemplates === undefined
      ? {}
      : { teamTemplates: given.teamTemplates.map((template) => taken(template, TEMPLATE_FIELDS)) }),
    ...(given.priceTables === undefined ? {} : { priceTables: structuredClone(given.priceTables) }),
    ...(given.eventSinks === undefined
      ? {}
      : { eventSinks: given.eventSinks.map((sink) => taken(sink, ['name', 'handle', 'flush'])) }),
    ...(given.metrics === undefined
      ? {}
      : { metrics: given.metrics.map((one) => taken(one, ['name', 'contentType', 'render'])) }),
    ...(given.healthChecks === undefined
      ? {}
      : { healthChecks: given.healthChecks.map((one) => taken(one, ['name', 'isCritical', 'check'])) }),
  });
}

const TOOL_FIELDS = Object.keys({
  name: true,
  description: true,
  category: true,
  accessLevel: true,
  effect: true,
  inputSchema: true,
  outputSchema: true,
  userContextSchema: true,
  limits: true,
  cache: true,
  approval: true,
  version: true,
  fallbacks: true,
  fallbackResult: true,
  recovery: true,
  execute: true,
} satisfies Record<keyof AnyTool, true>) as (keyof AnyTool)[];

const TEMPLATE_FIELDS = ['name', 'version', 'description', 'parameters', 'build'] as const;

/** A tool as it is now: what it may do and who must approve it cannot change once it was looked at. */
function takeTool(tool: AnyTool, label: string): AnyTool {
  const copy = taken(tool, TOOL_FIELDS);
  const problem = problemOfTool(copy);
  if (problem !== undefined) throw new OrchestratorError('PLUGIN_INVALID', `${label}: ${problem}`);
  return copy;
}

/** A frozen copy of these fields, each read once; functions run on the original. */
function taken<Value extends object>(value: Value, fields: readonly (keyof Value)[]): Value {
  const copy: Partial<Value> = {};
  for (const field of fields) {
    const part = value[field];
    if (part !== undefined) copy[field] = typeof part === 'function' ? (bound(part, value) as typeof part) : part;
  }
  return Object.freeze(copy) as Value;
}

function bound(call: unknown, owner: object): (...parts: unknown[]) => unknown {
  return (...parts) => Reflect.apply(call as (...parts: unknown[]) => unknown, owner, parts);
}

import {
  problemOfTool,
  type Contributions,
  type Logger,
  type PluginContext,
  type PluginV1,
} from '@master-orchestrator/contracts';
import { OrchestratorError, type SerializedError } from '@master-orchestrator/errors';
import { z } from 'zod';
import type { EventBus } from '../events/event-bus.js';

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

type ContributionKind = keyof Contributions;

/** What a row of the table holds. */
export type ContributionOf<Kind extends ContributionKind> = NonNullable<Contributions[Kind]>[number];

const KINDS = Object.keys(CONTRIBUTION_KEYS) as ContributionKind[];

const namedThing = z.custom<object>((value) => typeof value === 'object' && value !== null, 'must be an object');
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
  setup: z
    .custom<unknown>((value) => value === undefined || typeof value === 'function', 'must be a function')
    .optional(),
  dispose: z
    .custom<unknown>((value) => value === undefined || typeof value === 'function', 'must be a function')
    .optional(),
});

/** A plugin as listings show it. */
export interface PluginView {
  readonly name: string;
  readonly version: string;
  readonly permissions: readonly string[];
  /** Names of what it added, by kind. */ readonly contributes: Readonly<Record<string, readonly string[]>>;
  readonly status: 'registered' | 'ready' | 'failed' | 'removed';
}

interface Entry {
  readonly plugin: PluginV1;
  status: PluginView['status'];
}

/** Collaborators of a {@link PluginRegistry}. */
export interface PluginRegistryParts {
  readonly bus: EventBus;
  readonly logger: Logger;
}

/**
 * Knows every plugin and what came from where. All checks run before any `setup`; a plugin that fails one is not half
 * registered.
 */
export class PluginRegistry {
  readonly #entries = new Map<string, Entry>();
  readonly #owners = new Map<string, string>();
  readonly #closing = new AbortController();
  readonly #bus: EventBus;
  readonly #logger: Logger;

  constructor({ bus, logger }: PluginRegistryParts) {
    this.#bus = bus;
    this.#logger = logger;
  }

  /**
   * Checks plugins and takes them in, in the order given. Either all are taken or none.
   *
   * @throws OrchestratorError PLUGIN_INVALID, PLUGIN_VERSION_UNSUPPORTED, PLUGIN_DUPLICATE,
   * PLUGIN_DEPENDENCY_MISSING, PLUGIN_CONTRIBUTION_DUPLICATE
   */
  register(plugins: readonly PluginV1[]): void {
    const names = new Set(this.#entries.keys());
    const owners = new Map(this.#owners);
    plugins.forEach((plugin, index) => {
      checkShape(plugin, index);
      checkPlace(plugin, names);
      names.add(plugin.name);
      claimNames(plugin, owners);
    });
    for (const plugin of plugins) this.#entries.set(plugin.name, { plugin, status: 'registered' });
    for (const [key, owner] of owners) this.#owners.set(key, owner);
  }

  /** Runs each plugin's `setup`, in order of registration. @throws OrchestratorError PLUGIN_FAILED, after disposing */
  async setup(): Promise<void> {
    for (const entry of this.#entries.values()) {
      if (entry.status !== 'registered') continue;
      await this.#call(entry, 'setup', () => entry.plugin.setup?.(this.#contextFor(entry.plugin)));
      entry.status = 'ready';
      const { name, version } = entry.plugin;
      this.#bus.announce('plugin-register', { plugin: name, version, contributes: namesOf(entry.plugin) });
    }
  }

  /** Everything of one kind that the plugins add, with its plugin, in order of registration. */
  contributions<Kind extends ContributionKind>(
    kind: Kind,
  ): { readonly plugin: PluginV1; readonly value: ContributionOf<Kind> }[] {
    return [...this.#entries.values()].flatMap(({ plugin }) =>
      ((plugin.contributes[kind] ?? []) as readonly ContributionOf<Kind>[]).map((value) => ({ plugin, value })),
    );
  }

  /** All plugins with what they add. */
  list(): PluginView[] {
    return [...this.#entries.values()].map(({ plugin, status }) => ({
      name: plugin.name,
      version: plugin.version,
      permissions: plugin.permissions ?? [],
      contributes: namesOf(plugin),
      status,
    }));
  }

  /** Calls every `dispose` in reverse order; a failure is told as an event and does not stop the others. */
  async dispose(): Promise<void> {
    this.#closing.abort(new OrchestratorError('ORCHESTRATOR_CLOSED', 'The orchestrator is closing.'));
    for (const entry of [...this.#entries.values()].toReversed()) {
      if (entry.status === 'removed') continue;
      entry.status = 'removed';
      await this.#call(entry, 'dispose', () => entry.plugin.dispose?.()).catch(() => undefined);
    }
  }

  /** The one place that calls into a plugin's hooks. */
  async #call(entry: Entry, hook: string, run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (cause) {
      const error = new OrchestratorError(
        'PLUGIN_FAILED',
        `Plugin "${entry.plugin.name}" failed in ${hook}(). Look at the cause, or leave the plugin out.`,
        { cause, details: { plugin: entry.plugin.name, hook } },
      );
      if (hook === 'setup') entry.status = 'failed';
      const serialized: SerializedError = error.toJSON();
      this.#bus.announce('plugin-fail', { plugin: entry.plugin.name, hook, error: serialized });
      this.#logger.error({ plugin: entry.plugin.name, hook, err: serialized }, 'plugin failed');
      throw error;
    }
  }

  #contextFor(plugin: PluginV1): PluginContext {
    return {
      logger: this.#logger,
      events$: this.#bus.events$,
      listen: (name, handle) => this.#bus.listen(`${plugin.name}/${name}`, handle),
      signal: this.#closing.signal,
    };
  }
}

function checkShape(plugin: unknown, index: number): asserts plugin is PluginV1 {
  const head = plugin as { name?: unknown; specificationVersion?: unknown } | null | undefined;
  const label =
    typeof head?.name === 'string' && head.name !== '' ? `Plugin "${head.name}"` : `Plugin number ${index + 1}`;
  if (typeof plugin === 'function') {
    throw new OrchestratorError('PLUGIN_INVALID', `${label} is a function. Call the factory: plugins: [myPlugin()].`);
  }
  const version = head?.specificationVersion;
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
  for (const tool of (plugin as PluginV1).contributes.tools ?? []) {
    const problem = problemOfTool(tool);
    if (problem !== undefined) throw new OrchestratorError('PLUGIN_INVALID', `${label}: ${problem}`);
  }
}

function checkPlace(plugin: PluginV1, names: ReadonlySet<string>): void {
  if (names.has(plugin.name)) {
    throw new OrchestratorError(
      'PLUGIN_DUPLICATE',
      `Plugin "${plugin.name}" is registered twice. Leave one of them out.`,
    );
  }
  const missing = (plugin.dependsOn ?? []).filter((name) => !names.has(name));
  if (missing.length > 0) {
    throw new OrchestratorError(
      'PLUGIN_DEPENDENCY_MISSING',
      `Plugin "${plugin.name}" needs ${missing.map((name) => `"${name}"`).join(', ')} before it in the list of plugins.`,
    );
  }
}

function claimNames(plugin: PluginV1, owners: Map<string, string>): void {
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

function namesOf(plugin: PluginV1): Record<string, readonly string[]> {
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

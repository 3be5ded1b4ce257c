import { optional, type Logger, type PluginV1 } from '@master-orchestrator/contracts';
import { OrchestratorError, redactText, systemClock, type Clock, type SecretMask } from '@master-orchestrator/errors';
import type { EventBus } from '../events/event-bus.js';
import { PluginCaller } from './plugin-caller.js';
import {
  claimNames,
  fixedKindsOf,
  labelOf,
  namesOf,
  readName,
  takePlugin,
  type ContributionKind,
  type ContributionOf,
} from './plugin-shape.js';

/** What becomes of the start where a plugin is not in order: it stops, or goes on without the plugin. */
export type OnPluginFailure = 'stop' | 'disable';

/** A plugin that its host could not make: its package, its settings or its factory failed. */
export interface FailedPlugin {
  readonly name: string;
  readonly error: OrchestratorError;
}

/** Longest time of `setup` and of `dispose`, in milliseconds. */
const HOOK_LIMIT_MS = 30_000;

/** A plugin as listings show it. */
export interface PluginView {
  readonly name: string;
  readonly version: string;
  readonly permissions: readonly string[];
  /** Names of what it added, by kind. */ readonly contributes: Readonly<Record<string, readonly string[]>>;
  readonly status: 'registered' | 'ready' | 'failed' | 'disabled' | 'removed';
  /** Why it failed or was disabled. */ readonly reason?: string;
}

interface Entry {
  readonly plugin: PluginV1;
  status: PluginView['status'];
  reason?: string;
}

interface Refusal {
  readonly view: PluginView;
  readonly error: OrchestratorError;
}

/** Collaborators of a {@link PluginRegistry}. */
export interface PluginRegistryParts {
  readonly bus: EventBus;
  readonly logger: Logger;
  /** @default the clock of the machine */ readonly clock?: Clock;
  /** Longest time of `setup` and of `dispose`, in milliseconds. @default 30_000 */ readonly hookLimitMs?: number;
  /** Takes the secrets of the configuration out of what a plugin said. @default none are known */ readonly mask?: SecretMask;
}

/** How {@link PluginRegistry.setup} deals with failures. */
export interface SetupOptions {
  /** @default 'stop' */ readonly onFailure?: OnPluginFailure;
  /** Name of a plugin without which nothing works: its failure stops the start. */ readonly needed?:
    | string
    | undefined;
}

/**
 * Knows every plugin and what came from where. All checks run before any `setup`; a plugin that fails one is not half
 * registered.
 */
export class PluginRegistry {
  readonly #entries = new Map<string, Entry>();
  readonly #refused: Refusal[] = [];
  readonly #retiring = new Set<PluginV1>();
  readonly #bus: EventBus;
  readonly #caller: PluginCaller;

  constructor({ bus, logger, clock = systemClock, hookLimitMs = HOOK_LIMIT_MS, mask }: PluginRegistryParts) {
    this.#bus = bus;
    this.#caller = new PluginCaller({ bus, logger, clock, limitMs: hookLimitMs, ...optional({ mask }) });
  }

  /**
   * Checks plugins and takes them in, in the order given. With `stop` either all are taken or none; with `disable` those
   * that are not in order are left out, and {@link PluginRegistry.list} says why.
   *
   * @throws OrchestratorError PLUGIN_INVALID, PLUGIN_VERSION_UNSUPPORTED, PLUGIN_DUPLICATE,
   * PLUGIN_DEPENDENCY_MISSING, PLUGIN_CONTRIBUTION_DUPLICATE
   */
  register(plugins: readonly PluginV1[], onFailure: OnPluginFailure = 'stop'): void {
    const before = new Set(this.#entries.keys());
    plugins.forEach((given, index) => {
      try {
        const plugin = takePlugin(given, index);
        if (this.#entries.has(plugin.name)) throw duplicate(plugin.name);
        this.#checkNeeds(plugin);
        claimNames(plugin, this.#owners());
        this.#entries.set(plugin.name, { plugin, status: 'registered' });
      } catch (error) {
        if (onFailure === 'disable') return this.#refuse(given, index, error as OrchestratorError);
        for (const name of this.#entries.keys()) if (!before.has(name)) this.#entries.delete(name);
        throw error;
      }
    });
  }

  /** Lists plugins that could not be made as disabled; {@link PluginRegistry.setup} tells of them. */
  refuse(failed: readonly FailedPlugin[]): void {
    for (const { name, error } of failed) this.#refused.push(refusalOf(name, error));
  }

  /**
   * Runs each plugin's `setup`, in order of registration. With `disable` a plugin that throws or does not end in time is
   * left out with all that depend on it.
   *
   * @throws OrchestratorError PLUGIN_FAILED
   */
  async setup({ onFailure = 'stop', needed }: SetupOptions = {}): Promise<void> {
    for (const [name, entry] of this.#entries) {
      if (entry.status !== 'registered') continue;
      try {
        await this.#caller.open(entry.plugin);
      } catch (error) {
        entry.status = 'failed';
        if (onFailure === 'stop' || name === needed) throw error;
        await this.#disableTree(entry, error as OrchestratorError);
        continue;
      }
      this.#ready(entry);
    }
    for (const { view, error } of this.#refused) this.#caller.tell(view.name, 'register', error);
  }

  /** Leaves out a plugin that proved unfit after its `setup`, with all that depend on it. */
  async disable(name: string, hook: string, error: OrchestratorError): Promise<void> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#caller.tell(name, hook, error);
    await this.#disableTree(entry, error);
  }

  /** Everything of one kind that the plugins add, with its plugin, in order of registration. */
  contributions<Kind extends ContributionKind>(
    kind: Kind,
  ): { readonly plugin: PluginV1; readonly value: ContributionOf<Kind> }[] {
    return [...this.#entries.values()].flatMap(({ plugin, status }) =>
      status === 'disabled'
        ? []
        : ((plugin.contributes[kind] ?? []) as readonly ContributionOf<Kind>[]).map((value) => ({ plugin, value })),
    );
  }

  /** All plugins with what they add; those that were refused or disabled say why. */
  list(): PluginView[] {
    const views = [...this.#entries.values()].map(({ plugin, status, reason }) => ({
      ...headOf(plugin),
      status,
      ...(reason === undefined ? {} : { reason }),
    }));
    return [...views, ...this.#refused.map(({ view }) => view)];
  }

  /** Calls every `dispose`, dependents first; a failure is told as an event and does not stop the others. */
  async dispose(): Promise<void> {
    this.#caller.beginClosing();
    for (const plugin of this.#retiring) await this.#caller.retire(plugin);
    for (const entry of this.#inOrderOfNeed().toReversed()) {
      if (entry.status === 'removed') continue;
      if (entry.status !== 'disabled') entry.status = 'removed';
      await this.#caller.close(entry.plugin);
    }
  }

  /** Runs a hook of something that a plugin brought, bounded in time; a failure is told and thrown. */
  async call(plugin: string, hook: string, run: () => unknown): Promise<void> {
    await this.#caller.call(plugin, hook, run);
  }

  /** The plugin at work under a name. @throws OrchestratorError PLUGIN_UNKNOWN */
  get(name: string): PluginV1 {
    return this.#entry(name).plugin;
  }

  /**
   * All that can be said of a plugin before its `setup`: whether it may join, or take the place of the one of its name.
   *
   * @returns the copy to go on with
   * @throws OrchestratorError as {@link PluginRegistry.register}; PLUGIN_UNKNOWN; STATE_CONFLICT
   */
  checkJoin(given: unknown, isReplacement: boolean): PluginV1 {
    const plugin = takePlugin(given);
    const old = isReplacement ? this.#entry(plugin.name) : this.#entries.get(plugin.name);
    if (!isReplacement && old !== undefined) throw duplicate(plugin.name);
    for (const each of [plugin, ...(old === undefined || old.status === 'disabled' ? [] : [old.plugin])])
      refuseFixed(each);
    this.#checkNeeds(plugin);
    if (plugin.dependsOn?.some((name) => this.#needs(name, plugin.name))) {
      throw new OrchestratorError(
        'STATE_CONFLICT',
        `Plugin "${plugin.name}" would depend on a plugin that depends on it. Leave one of the two dependencies out.`,
      );
    }
    claimNames(plugin, this.#owners(plugin.name));
    return plugin;
  }

  /** @returns the plugin that may leave. @throws OrchestratorError PLUGIN_UNKNOWN, STATE_CONFLICT */
  checkLeave(name: string): PluginV1 {
    const { plugin, status } = this.#entry(name);
    const dependents = this.#dependentsOf(name).filter((each) => each.status !== 'disabled');
    if (dependents.length > 0) {
      const names = dependents.map((each) => `"${each.plugin.name}"`).join(', ');
      throw new OrchestratorError(
        'STATE_CONFLICT',
        `Plugin "${name}" is needed by ${names}. Remove ${dependents.length === 1 ? 'that one' : 'those'} first.`,
      );
    }
    if (status !== 'disabled') refuseFixed(plugin);
    return plugin;
  }

  /** Runs `setup` of a plugin that is to join. @throws OrchestratorError PLUGIN_FAILED, ORCHESTRATOR_CLOSED */
  async open(plugin: PluginV1): Promise<void> {
    await this.#caller.open(plugin);
    if (!this.#caller.isClosing) return;
    await this.#caller.close(plugin);
    throw new OrchestratorError('ORCHESTRATOR_CLOSED', `The orchestrator closed before "${plugin.name}" had joined.`);
  }

  /** Closes a plugin that was opened and cannot join after all. */
  async abandon(plugin: PluginV1, error: OrchestratorError): Promise<void> {
    this.#caller.tell(plugin.name, 'register', error);
    await this.#caller.close(plugin);
  }

  /** Takes in a plugin whose `setup` has run; one of the same name gives up its place. */
  join(plugin: PluginV1): PluginView {
    const old = this.#entries.get(plugin.name);
    if (old !== undefined) this.leave(plugin.name);
    const entry: Entry = { plugin, status: 'registered' };
    this.#entries.set(plugin.name, entry);
    this.#ready(entry);
    return { ...headOf(plugin), status: entry.status };
  }

  /** Takes a plugin out of the listing: its names are free, its sinks hear of nothing more. */
  leave(name: string): void {
    this.#caller.detachSinks(this.#entry(name).plugin);
    this.#entries.delete(name);
    this.#bus.announce('plugin-remove', { plugin: name });
  }

  /** Disposes a plugin that left, once the runs that may still use it have ended. */
  retire(plugin: PluginV1, ended: Promise<void>): void {
    this.#retiring.add(plugin);
    void ended.then(() => this.#caller.retire(plugin)).finally(() => this.#retiring.delete(plugin));
  }

  #ready(entry: Entry): void {
    entry.status = 'ready';
    this.#caller.attachSinks(entry.plugin);
    const { name, version } = entry.plugin;
    this.#bus.announce('plugin-register', { plugin: name, version, contributes: namesOf(entry.plugin) });
  }

  async #disableTree(entry: Entry, error: OrchestratorError): Promise<void> {
    entry.status = 'disabled';
    entry.reason = reasonOf(error);
    for (const dependent of this.#dependentsOf(entry.plugin.name)) {
      if (dependent.status === 'disabled') continue;
      const { name } = dependent.plugin;
      const missing = `Plugin "${name}" needs "${entry.plugin.name}", which is disabled: ${error.message}`;
      const because = new OrchestratorError('PLUGIN_DEPENDENCY_MISSING', missing);
      this.#caller.tell(name, 'dependsOn', because);
      await this.#disableTree(dependent, because);
    }
    await this.#caller.close(entry.plugin);
  }

  #refuse(given: unknown, index: number, error: OrchestratorError): void {
    this.#refused.push(refusalOf(readName(given) ?? labelOf(given, index), error));
  }

  #checkNeeds(plugin: PluginV1): void {
    const missing = (plugin.dependsOn ?? []).filter((name) => {
      const status = this.#entries.get(name)?.status;
      return name === plugin.name || status === undefined || status === 'disabled';
    });
    if (missing.length === 0) return;
    throw new OrchestratorError(
      'PLUGIN_DEPENDENCY_MISSING',
      `Plugin "${plugin.name}" needs ${missing.map((name) => `"${name}"`).join(', ')} before it in the list of plugins.`,
    );
  }

  /** Names by `<kind>/<name>` with their plugins; those of disabled ones and of `except` are free. */
  #owners(except?: string): Map<string, string> {
    const owners = new Map<string, string>();
    for (const { plugin, status } of this.#entries.values()) {
      if (status !== 'disabled' && plugin.name !== except) claimNames(plugin, owners);
    }
    return owners;
  }

  #dependentsOf(name: string): Entry[] {
    return [...this.#entries.values()].filter(({ plugin }) => plugin.dependsOn?.includes(name));
  }

  /** True where `name` depends on `other`, itself or through others. */
  #needs(name: string, other: string): boolean {
    const needs = this.#entries.get(name)?.plugin.dependsOn ?? [];
    return needs.some((each) => each === other || this.#needs(each, other));
  }

  /** A plugin comes after all that it needs, also where one was replaced by one that needs others. */
  #inOrderOfNeed(): Entry[] {
    const ordered = new Set<Entry>();
    const visit = (entry: Entry | undefined): void => {
      if (entry === undefined || ordered.has(entry)) return;
      for (const name of entry.plugin.dependsOn ?? []) visit(this.#entries.get(name));
      ordered.add(entry);
    };
    for (const entry of this.#entries.values()) visit(entry);
    return [...ordered];
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    const known = [...this.#entries.keys()].join(', ') || 'none';
    throw new OrchestratorError('PLUGIN_UNKNOWN', `There is no plugin "${name}". Registered: ${known}.`);
  }
}

function refusalOf(name: string, error: OrchestratorError): Refusal {
  const view = { name, version: 'unknown', permissions: [], contributes: {}, status: 'disabled' } as const;
  return { view: { ...view, reason: reasonOf(error) }, error };
}

function headOf(plugin: PluginV1): Pick<PluginView, 'name' | 'version' | 'permissions' | 'contributes'> {
  const { name, version, permissions = [] } = plugin;
  return { name, version, permissions, contributes: namesOf(plugin) };
}

function reasonOf({ message }: OrchestratorError): string {
  return redactText(message).slice(0, 1_000);
}

function duplicate(name: string): OrchestratorError {
  return new OrchestratorError('PLUGIN_DUPLICATE', `Plugin "${name}" is registered twice. Leave one of them out.`);
}

function refuseFixed(plugin: PluginV1): void {
  const fixed = fixedKindsOf(plugin);
  if (fixed.length === 0) return;
  throw new OrchestratorError(
    'STATE_CONFLICT',
    `Plugin "${plugin.name}" brings ${fixed.join(', ')}, which are fixed at the start. Change the plugins of createOrchestrator() and restart.`,
  );
}

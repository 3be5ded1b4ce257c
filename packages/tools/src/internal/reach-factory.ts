import type { Permission, ToolContext, ToolFetch } from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { createToolEnv } from '../tool-env.js';
import { createFetcher, type Fetcher } from '../tool-fetch.js';
import { createToolFiles, type ToolFilesPolicy } from '../tool-files.js';
import type { GrantConstraints } from '../tool-grant.js';
import type { PluginToolPermissions, ToolRegistryOptions } from '../tool-registry-options.js';
import { FetchGuard } from './fetch/fetch-guard.js';
import type { ToolEntry, ToolOrigin } from './tool-entry.js';

/** What one call may reach outside. */
export class ToolReach {
  readonly #fetcher: Fetcher;

  constructor(
    fetcher: Fetcher,
    readonly files: ToolContext['files'],
    readonly env: ToolContext['env'],
  ) {
    this.#fetcher = fetcher;
  }

  /** `fetch` that ends with the call. */
  fetchFor(signal: AbortSignal): ToolFetch {
    const fetcher = this.#fetcher;
    return (url, init) => fetcher(url, init, signal);
  }
}

/** Makes what calls may reach: what the plugin asked for, what the operator leaves, what the grant narrows. */
export class ReachFactory {
  readonly #options: ToolRegistryOptions;
  readonly #guard: FetchGuard;
  readonly #unconstrained = new WeakMap<ToolEntry, ToolReach>();

  constructor(options: ToolRegistryOptions) {
    this.#options = options;
    this.#guard = new FetchGuard({ clock: options.clock ?? systemClock });
  }

  /** The same object for every call of a tool that no grant narrows. */
  of(entry: ToolEntry, constraints: readonly GrantConstraints[]): ToolReach {
    if (constraints.length > 0) return this.#create(entry, constraints);
    const known = this.#unconstrained.get(entry);
    if (known !== undefined) return known;
    const reach = this.#create(entry, []);
    this.#unconstrained.set(entry, reach);
    return reach;
  }

  /** Closes connections. */
  close(): Promise<void> {
    return this.#guard.close();
  }

  #create({ tool, origin }: ToolEntry, constraints: readonly GrantConstraints[]): ToolReach {
    const { environment = {}, fetchPolicy, files: filesPolicy, pluginPermissions = {} } = this.#options;
    const { plugin } = origin;
    const left: PluginToolPermissions =
      plugin !== undefined && Object.hasOwn(pluginPermissions, plugin) ? (pluginPermissions[plugin] ?? {}) : {};
    const who = plugin === undefined ? `Tool "${tool.name}"` : `Plugin "${plugin}"`;
    const permissions = permissionsLeft(origin, left);
    const common = permissions === undefined ? { who } : { who, permissions };
    const allowedHosts = constraints.flatMap(({ allowedHosts: hosts }) => (hosts === undefined ? [] : [hosts]));
    const roots = constraints.flatMap(({ roots: folders }): ToolFilesPolicy[] =>
      folders === undefined ? [] : [{ roots: folders }],
    );
    const granted = permissions?.flatMap((permission) => (permission.startsWith('env:') ? [permission.slice(4)] : []));
    return new ToolReach(
      createFetcher({
        ...common,
        guard: this.#guard,
        policy: [fetchPolicy ?? [], left.net || []].flat(),
        allowedHosts,
      }),
      createToolFiles({ ...common, policy: [...[filesPolicy ?? [], left.fs || []].flat(), ...roots] }),
      createToolEnv(granted === undefined ? { environment, who } : { environment, who, granted }),
    );
  }
}

/** What the plugin asked for without what the operator took away; `undefined` for code of the app: it may do all. */
function permissionsLeft(
  { plugin, permissions = [] }: ToolOrigin,
  left: PluginToolPermissions,
): Permission[] | undefined {
  if (plugin === undefined) return undefined;
  return permissions.filter((permission) => {
    if (permission === 'net') return left.net !== false;
    if (permission.startsWith('fs:')) return left.fs !== false;
    if (permission.startsWith('env:')) return left.env === undefined || left.env.includes(permission.slice(4));
    return true;
  });
}

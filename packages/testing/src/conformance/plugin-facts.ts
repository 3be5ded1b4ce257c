import { readFileSync } from 'node:fs';
import { silentLogger, type Contributions, type PluginContext, type PluginV1 } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { checkOf, show, type Check, type Rule } from './check.js';

/** A plugin, or the call that makes it. */
export type PluginSource = PluginV1 | (() => PluginV1);

/** What the checks of every plugin may be told. */
export interface PluginCheckOptions {
  /** The plugin's package.json: its content, or where it lies. Without it the checks on it are left out. */
  readonly packageJson?: object | URL | string;
  /** Rules to leave out, as `<rule>` or `<subject>/<rule>`. @default none */ readonly skip?: readonly string[];
}

const SEMVER = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
const PACKAGE_NAME = /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;
const PERMISSION = /^(net|fs:read|fs:write|process|env:[A-Za-z_][A-Za-z0-9_]*)$/;

const CONTRIBUTIONS: readonly (keyof Contributions)[] = [
  'tools',
  'templates',
  'teamTemplates',
  'recoveryStrategies',
  'errorRules',
  'models',
  'priceTables',
  'engines',
  'sessionStores',
  'eventSinks',
  'metrics',
  'healthChecks',
];

/** Gives the plugin of a source. */
export function pluginOf(source: PluginSource): PluginV1 {
  return typeof source === 'function' ? source() : source;
}

/** What holds for every plugin, whatever it adds. */
export function pluginFactChecks(source: PluginSource, options: PluginCheckOptions = {}): readonly Check[] {
  const plugin = pluginOf(source);
  const subject = plugin.name === undefined || plugin.name === '' ? 'plugin' : plugin.name;
  return [
    checkOf(subject, RULES.shape, () => hasShape(plugin)),
    checkOf(subject, RULES.contributions, () => contributesKnownRows(plugin)),
    checkOf(subject, RULES.permissions, () => asksForKnownPermissions(plugin)),
    checkOf(subject, RULES.lifecycle, () => opensAndCloses(plugin)),
    ...(options.packageJson === undefined ? [] : packageChecks(plugin, subject, options.packageJson)),
  ];
}

const RULES = {
  shape: {
    rule: 'plugin-shape',
    holds: 'says what it is',
    why: 'The host refuses a plugin without contract version, package name and version.',
    fix: "Return { specificationVersion: 'v1', name: '<npm package name>', version: '<its version>', contributes: {…} }.",
  },
  contributions: {
    rule: 'plugin-contributions',
    holds: 'adds only what the contract knows',
    why: 'A misspelt row of `contributes` adds nothing, and nobody notices.',
    fix: `Use the rows of Contributions: ${CONTRIBUTIONS.join(', ')}; each is a list.`,
  },
  permissions: {
    rule: 'plugin-permissions',
    holds: 'asks for permissions that exist',
    why: 'Operators decide by this list; what is misspelt is never granted.',
    fix: "Use 'net', 'fs:read', 'fs:write', 'process' or 'env:<NAME>'.",
  },
  lifecycle: {
    rule: 'plugin-lifecycle',
    holds: 'opens and closes without a failure, and closes twice',
    why: 'The host calls dispose() after a failed start too; a throw there hides the first failure.',
    fix: 'Let dispose() do nothing where nothing is open.',
  },
  packageFacts: {
    rule: 'plugin-package',
    holds: 'has a package.json that a host can read first',
    why: 'The host reads name, contract and permissions before it loads any code of the plugin.',
    fix: 'Set name, version, "type": "module", keyword "mao-plugin" and "mao": { "plugin": "<file>#<factory>", "contract": "v1", "permissions": […] } as the plugin itself says.',
  },
  peers: {
    rule: 'plugin-peers',
    holds: 'takes contracts and errors from the app',
    why: 'As dependencies of its own they are installed twice, and the host can no longer move without the plugin.',
    fix: 'List @master-orchestrator/contracts and @master-orchestrator/errors, where used, under peerDependencies only, with a range such as "^1.0.0".',
  },
  scripts: {
    rule: 'plugin-scripts',
    holds: 'runs nothing when it is installed',
    why: 'Hosts install with scripts off; a plugin that needs one does not work there.',
    fix: 'Remove preinstall, install, postinstall and prepare.',
  },
} as const satisfies Record<string, Rule>;

function hasShape(plugin: PluginV1): void {
  const wrong: string[] = [];
  if ((plugin.specificationVersion as unknown) !== 'v1')
    wrong.push(`specificationVersion is ${show(plugin.specificationVersion)}`);
  if (typeof plugin.name !== 'string' || !PACKAGE_NAME.test(plugin.name)) wrong.push(`name is ${show(plugin.name)}`);
  if (typeof plugin.version !== 'string' || !SEMVER.test(plugin.version))
    wrong.push(`version is ${show(plugin.version)}`);
  if (typeof plugin.contributes !== 'object' || plugin.contributes === null) wrong.push('contributes is missing');
  if (plugin.dependsOn?.includes(plugin.name) === true) wrong.push('it depends on itself');
  if (wrong.length > 0) throw new Error(`The plugin is not as it should be: ${wrong.join('; ')}.`);
}

function contributesKnownRows(plugin: PluginV1): void {
  for (const [row, list] of Object.entries(plugin.contributes ?? {})) {
    if (!CONTRIBUTIONS.includes(row as keyof Contributions)) throw new Error(`There is no contribution "${row}".`);
    if (list !== undefined && !Array.isArray(list)) throw new Error(`"${row}" is no list but ${show(list)}.`);
  }
}

function asksForKnownPermissions(plugin: PluginV1): void {
  const wrong = (plugin.permissions ?? []).filter((permission) => !PERMISSION.test(permission));
  if (wrong.length > 0) throw new Error(`There is no permission ${wrong.map(show).join(', ')}.`);
}

async function opensAndCloses(plugin: PluginV1): Promise<void> {
  // Loaded here alone: most users of this package never need it.
  const { NEVER, Subscription } = await import('rxjs');
  const controller = new AbortController();
  const context: PluginContext = {
    logger: silentLogger,
    events$: NEVER,
    listen: () => Subscription.EMPTY,
    signal: controller.signal,
  };
  await plugin.dispose?.();
  await plugin.setup?.(context);
  controller.abort();
  await plugin.dispose?.();
  await plugin.dispose?.();
}

const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  type: z.literal('module'),
  keywords: z.array(z.string()).refine((words) => words.includes('mao-plugin'), 'must hold "mao-plugin"'),
  mao: z.object({
    plugin: z.string().regex(/^\.\/[^#]+#[A-Za-z_$][\w$]*$/, 'must be "./<file>#<factory>"'),
    options: z
      .string()
      .regex(/^\.\/[^#]+#[A-Za-z_$][\w$]*$/, 'must be "./<file>#<schema>"')
      .optional(),
    contract: z.literal('v1'),
    permissions: z.array(z.string()),
  }),
});

type Manifest = Readonly<Record<string, unknown>>;

function packageChecks(plugin: PluginV1, subject: string, given: object | URL | string): readonly Check[] {
  const manifest = (): Manifest => readManifest(given);
  return [
    checkOf(subject, RULES.packageFacts, () => packageAgrees(plugin, manifest())),
    checkOf(subject, RULES.peers, () => takesPeers(manifest())),
    checkOf(subject, RULES.scripts, () => runsNothing(manifest())),
  ];
}

function readManifest(given: object | URL | string): Manifest {
  if (typeof given !== 'string' && !(given instanceof URL)) return given as Manifest;
  return JSON.parse(readFileSync(given, 'utf8')) as Manifest;
}

function packageAgrees(plugin: PluginV1, manifest: Manifest): void {
  const parsed = manifestSchema.safeParse(manifest);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`package.json does not fit: ${issues.join('; ')}.`);
  }
  const { name, version, mao } = parsed.data;
  if (name !== plugin.name) throw new Error(`package.json says ${show(name)}, the plugin says ${show(plugin.name)}.`);
  if (version !== plugin.version) {
    throw new Error(`package.json says version ${show(version)}, the plugin says ${show(plugin.version)}.`);
  }
  // Options may make a plugin ask for less than its manifest announces, never for more.
  const unannounced = (plugin.permissions ?? []).filter((permission) => !mao.permissions.includes(permission));
  if (unannounced.length > 0) {
    throw new Error(`The plugin asks for ${unannounced.join(', ')}, which package.json does not announce.`);
  }
}

function takesPeers(manifest: Manifest): void {
  const { dependencies = {}, peerDependencies = {} } = manifest as Readonly<
    Record<string, Readonly<Record<string, string>>>
  >;
  const ours = ['@master-orchestrator/contracts', '@master-orchestrator/errors', '@master-orchestrator/core'];
  const own = ours.filter((name) => name in dependencies);
  if (own.length > 0) throw new Error(`${own.join(' and ')} must not be dependencies.`);
  if (!ours.slice(0, 2).some((name) => name in peerDependencies)) {
    throw new Error('Neither contracts nor errors is a peer dependency.');
  }
  const exact = ours.filter((name) => /^(workspace:)?\d/.test(peerDependencies[name] ?? '^'));
  if (exact.length > 0) throw new Error(`${exact.join(' and ')} is pinned to one version.`);
}

function runsNothing(manifest: Manifest): void {
  const { scripts = {} } = manifest as { scripts?: Readonly<Record<string, string>> };
  const found = ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => name in scripts);
  if (found.length > 0) throw new Error(`There are scripts that run on installing: ${found.join(', ')}.`);
}

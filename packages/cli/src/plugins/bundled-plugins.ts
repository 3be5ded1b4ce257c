import type { PluginV1 } from '@master-orchestrator/contracts';
import type { FilesToolsPluginOptions } from '@master-orchestrator/tools-files';
import { resolve } from 'node:path';
import type { ZodType } from 'zod';

/** Settings of a plugin, as its factory takes them. */
export type PluginSettings = Readonly<Record<string, unknown>>;

/** A plugin that comes with the command. */
export interface BundledPlugin {
  readonly name: string;
  /** Turned on where the configuration does not say otherwise. */ readonly isStandard: boolean;
  /**
   * `work`: what `mao tools`, `mao templates` and runs need; `serving`: what a server needs besides; engines alone are
   * wanted by the other commands.
   */
  readonly kind: 'engine' | 'work' | 'model' | 'serving';
  /** Fills in and completes what the configuration says; folders count from `directory`. */
  settings(given: PluginSettings, directory: string): PluginSettings;
  readonly load: () => Promise<PluginModule>;
}

/** What the package of a plugin offers to a host. */
export interface PluginModule {
  /** Makes the plugin. */ readonly make: (settings: PluginSettings) => PluginV1 | Promise<PluginV1>;
  /** Schema of its settings, where the package names one. */ readonly options?: ZodType;
}

const asGiven = (given: PluginSettings): PluginSettings => given;

/** Plugins that need no installation, in the order of registration. Each is imported when it is wanted. */
export const BUNDLED_PLUGINS: readonly BundledPlugin[] = [
  {
    name: '@master-orchestrator/engine-sqlite',
    isStandard: true,
    kind: 'engine',
    settings: asGiven,
    load: async () => {
      const { sqliteEnginePlugin: make, sqliteEngineOptions: options } =
        await import('@master-orchestrator/engine-sqlite');
      return { make, options };
    },
  },
  {
    name: '@master-orchestrator/tools-data',
    isStandard: true,
    kind: 'work',
    settings: asGiven,
    load: async () => {
      const { dataToolsPlugin: make, dataToolsOptions: options } = await import('@master-orchestrator/tools-data');
      return { make, options };
    },
  },
  {
    name: '@master-orchestrator/tools-analysis',
    isStandard: true,
    kind: 'work',
    settings: asGiven,
    load: async () => {
      const { analysisToolsPlugin: make, analysisToolsOptions: options } =
        await import('@master-orchestrator/tools-analysis');
      return { make, options };
    },
  },
  {
    name: '@master-orchestrator/tools-reporting',
    isStandard: true,
    kind: 'work',
    settings: (given, directory) => ({
      ...given,
      outputDir: resolve(directory, textOr(given['outputDir'], 'reports')),
    }),
    load: async () => {
      const { reportingToolsPlugin: make, reportingToolsOptions: options } =
        await import('@master-orchestrator/tools-reporting');
      return { make, options };
    },
  },
  {
    name: '@master-orchestrator/tools-web',
    isStandard: true,
    kind: 'work',
    settings: asGiven,
    load: async () => {
      const { webToolsPlugin: make, webToolsOptions: options } = await import('@master-orchestrator/tools-web');
      return { make, options };
    },
  },
  {
    name: '@master-orchestrator/tools-files',
    isStandard: false,
    kind: 'work',
    settings: (given, directory) => ({ ...given, roots: absoluteRoots(given['roots'], directory) }),
    load: async () => {
      const { filesToolsPlugin: make, filesToolsOptions: options } = await import('@master-orchestrator/tools-files');
      return { make: (settings) => make(settings as unknown as FilesToolsPluginOptions), options };
    },
  },
  {
    name: '@master-orchestrator/templates-data',
    isStandard: true,
    kind: 'work',
    settings: asGiven,
    load: async () => {
      const { dataTemplatesPlugin: make, dataTemplatesOptions: options } =
        await import('@master-orchestrator/templates-data');
      return { make, options };
    },
  },
  {
    name: '@master-orchestrator/templates-development',
    isStandard: true,
    kind: 'work',
    settings: asGiven,
    load: async () => {
      const { developmentTemplatesPlugin: make, developmentTemplatesOptions: options } =
        await import('@master-orchestrator/templates-development');
      return { make, options };
    },
  },
  {
    name: '@master-orchestrator/prices-openai',
    isStandard: true,
    kind: 'work',
    settings: asGiven,
    load: async () => {
      const { openaiPricesPlugin: make, openaiPricesOptions: options } =
        await import('@master-orchestrator/prices-openai');
      return { make, options };
    },
  },
  {
    name: '@master-orchestrator/metrics-prometheus',
    isStandard: true,
    kind: 'serving',
    settings: asGiven,
    load: async () => {
      const { prometheusMetricsPlugin: make, prometheusMetricsOptions: options } =
        await import('@master-orchestrator/metrics-prometheus');
      return { make, options };
    },
  },
  {
    name: '@master-orchestrator/recovery-standard',
    isStandard: false,
    kind: 'work',
    settings: asGiven,
    load: async () => {
      const { standardRecoveryPlugin: make, standardRecoveryOptions: options } =
        await import('@master-orchestrator/recovery-standard');
      return { make, options };
    },
  },
  {
    name: '@master-orchestrator/model-openai',
    isStandard: false,
    kind: 'model',
    settings: asGiven,
    load: async () => {
      const { openaiModelPlugin: make, openaiModelOptions: options } =
        await import('@master-orchestrator/model-openai');
      return { make, options };
    },
  },
  {
    name: '@master-orchestrator/model-offline',
    isStandard: false,
    kind: 'model',
    settings: asGiven,
    load: async () => {
      const { offlineModelPlugin: make, offlineModelOptions: options } =
        await import('@master-orchestrator/model-offline');
      return { make, options };
    },
  },
];

/** A bundled plugin by name. */
export function bundledPlugin(name: string): BundledPlugin | undefined {
  return BUNDLED_PLUGINS.find((plugin) => plugin.name === name);
}

function textOr(value: unknown, standard: string): string {
  return typeof value === 'string' ? value : standard;
}

/** Roots of files, as texts or objects with a path; what is neither is left for the plugin to refuse. */
function absoluteRoots(roots: unknown, directory: string): unknown {
  if (!Array.isArray(roots)) return roots;
  return roots.map((root: unknown) => {
    if (typeof root === 'string') return resolve(directory, root);
    const path = (root as { readonly path?: unknown } | null)?.path;
    return typeof path === 'string' ? { ...(root as object), path: resolve(directory, path) } : root;
  });
}

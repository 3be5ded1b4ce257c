import type { LoadedConfig, OrchestratorConfigInput } from '@master-orchestrator/config';
import type { AnyTool, Logger, PluginV1, TaskEngine } from '@master-orchestrator/contracts';
import type { CompositionRoot } from './composition-root.js';
import type { FailedPlugin, OnPluginFailure } from './plugins/plugin-registry.js';

/** What `createOrchestrator` takes. */
export interface OrchestratorOptions {
  /** Settings in code, or what `loadConfig` of the config package gave. @default the defaults; no file or variable is read */
  readonly config?: OrchestratorConfigInput | LoadedConfig;
  /** In order: a plugin comes after those it depends on. */ readonly plugins?: readonly PluginV1[];
  /**
   * What a plugin that is not in order does to the start: it stops, or goes on without that plugin and all that depend on
   * it; `orchestrator.plugins.list()`, the log and a `plugin-fail` event say why. @default `onPluginFailure` of the
   * configuration: 'stop'
   */
  readonly onPluginFailure?: OnPluginFailure;
  /** Plugins that could not even be made: they count as plugins that are not in order. */
  readonly failedPlugins?: readonly FailedPlugin[];
  /** Longest time of one `setup` or `dispose` of a plugin, in milliseconds. @default 30_000 */ readonly setupTimeoutMs?: number;
  /** Tools of the app itself. */ readonly tools?: readonly AnyTool[];
  /** An engine of your own. @default made from `engine.address` of the configuration: in memory */ readonly engine?: TaskEngine;
  /**
   * Variables of which plugins get those they ask for (`env:NAME`) and the operator leaves them.
   * @default those that a loaded `config` was made with, else none
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A pino logger, or anything with its four methods. @default none */ readonly logger?: Logger;
  /** Replaces bindings before anything is made: clock, ids, engine, … */ readonly rebind?: (
    root: CompositionRoot,
  ) => void;
  /** False: this process submits tasks but runs none. @default true */ readonly isWorker?: boolean;
  /** True: somebody answers escalations, so that a task may wait for a person. @default `recovery.parking` */
  readonly canAskPeople?: boolean;
}

import {
  bindConfig,
  CONFIG,
  resolveConfig,
  secretValues,
  type LoadedConfig,
  type OrchestratorConfig,
} from '@master-orchestrator/config';
import {
  LOGGER,
  optional,
  silentLogger,
  type AnyTool,
  type EngineContribution,
  type PluginV1,
  type TaskEngine,
} from '@master-orchestrator/contracts';
import { classify, CLOCK, createRedactor, OrchestratorError, RANDOM } from '@master-orchestrator/errors';
import { bindTools, TOOL_REGISTRY } from '@master-orchestrator/tools';
import { assemble } from './assemble.js';
import { bindFoundation, bindModels, bindRecovery, bindStores, BREAKERS } from './bindings.js';
import { CompositionRoot } from './composition-root.js';
import { InlineOverflow } from './engine/inline-overflow.js';
import { createMemoryEngine } from './engine/memory-engine.js';
import { createIds } from './ids.js';
import type { MasterOrchestrator } from './orchestrator.js';
import type { OrchestratorOptions } from './orchestrator-options.js';
import type { OnPluginFailure } from './plugins/plugin-registry.js';
import { ENGINE, EVENT_BUS, MODEL_REGISTRY, PLUGIN_REGISTRY } from './tokens.js';

/**
 * Makes an orchestrator: checks the configuration and all plugins, wires everything, opens the engine and starts to work.
 *
 * @throws OrchestratorError CONFIG_INVALID; PLUGIN_* where a plugin is not in order (nothing is left open);
 * STARTUP_FAILED; NO_MODEL only once an agent needs one
 */
export async function createOrchestrator(options: OrchestratorOptions = {}): Promise<MasterOrchestrator> {
  const root = new CompositionRoot();
  let engine: TaskEngine | undefined;
  bindAll(root, options, () => {
    if (engine === undefined)
      throw new OrchestratorError('STARTUP_FAILED', 'The engine was asked for before it was opened.');
    return engine;
  });
  options.rebind?.(root);
  const plugins = root.resolve(PLUGIN_REGISTRY);
  const { failedPlugins = [], onPluginFailure: onFailure = root.resolve(CONFIG).onPluginFailure } = options;
  if (onFailure === 'stop' && failedPlugins[0] !== undefined) throw failedPlugins[0].error;
  plugins.refuse(failedPlugins);
  plugins.register(options.plugins ?? [], onFailure);
  try {
    const isRebound = root.wiring().some((wire) => wire.token === 'core.TaskEngine' && wire.isRebound);
    if (!isRebound) engine = relieved(root, options.engine ?? (await openEngine(root)));
    await root.resolve(ENGINE).start();
    // With 'disable' only those that could be set up are asked for what they bring.
    if (onFailure === 'disable') await plugins.setup({ onFailure, needed: engineBringer(root)?.plugin.name });
    await registerTools(root, options.tools ?? [], onFailure);
    refuseOfflineInProduction(root);
    if (onFailure === 'stop') await plugins.setup();
    return await assemble(root, options);
  } catch (error) {
    await plugins.dispose();
    await engine?.stop({ graceMs: 0 }).catch(() => undefined);
    throw error;
  }
}

function bindAll(root: CompositionRoot, options: OrchestratorOptions, engine: () => TaskEngine): void {
  root.module('config', () => bindConfig(root, configOf(options.config)));
  root.module('core', () => {
    bindFoundation(root, {
      logger: options.logger ?? silentLogger,
      createId: createIds(),
      random: Math.random,
      hookLimitMs: options.setupTimeoutMs,
    });
    bindRecovery(root);
    bindModels(root);
    bindStores(root, engine);
  });
  root.module('tools', () => {
    bindTools(root, (resolve) => {
      const config = resolve(CONFIG);
      const { tools } = config;
      const bus = resolve(EVENT_BUS);
      const { allowedHosts, allowPrivateHosts, fileRoots } = tools;
      return {
        state: resolve(ENGINE).state,
        storesDecisions: resolve(ENGINE).caps.durable,
        breakers: resolve(BREAKERS),
        defaultDeny: tools.defaultDeny,
        limits: {
          timeoutMs: tools.timeoutMs,
          concurrent: tools.concurrent,
          queueTimeoutMs: tools.queueTimeoutMs,
          graceMs: tools.abortGraceMs,
          resultBytes: tools.resultBytes,
          excerptCharacters: tools.excerptCharacters,
          ...optional({ perAgentPerMinute: tools.perAgentPerMinute, callsPerRun: tools.callsPerRun }),
        },
        redactor: createRedactor({ secrets: secretValues(config) }),
        pluginPermissions: tools.permissions,
        fetchPolicy: optional({ allowedHosts, allowPrivateHosts }),
        ...(fileRoots === undefined ? {} : { files: { roots: fileRoots } }),
        ...optional({ environment: environmentOf(options) }),
        errorRules: resolve(PLUGIN_REGISTRY)
          .contributions('errorRules')
          .map(({ value }) => value),
        publish: ({ type, data, ...about }) => bus.announce(type, data, about),
      };
    });
  });
}

async function registerTools(
  root: CompositionRoot,
  tools: readonly AnyTool[],
  onFailure: OnPluginFailure,
): Promise<void> {
  const [registry, plugins] = [root.resolve(TOOL_REGISTRY), root.resolve(PLUGIN_REGISTRY)];
  const failed = new Map<string, OrchestratorError>();
  for (const { plugin, value } of plugins.contributions('tools')) {
    try {
      registry.registerTool(value, { plugin: plugin.name, ...optional({ permissions: plugin.permissions }) });
    } catch (error) {
      if (onFailure === 'stop') throw error;
      failed.set(plugin.name, classify(error));
    }
  }
  for (const [name, error] of failed) await plugins.disable(name, 'register', error);
  const left = new Set(plugins.contributions('tools').map(({ value }) => value.name));
  for (const { name, plugin } of registry.listTools())
    if (plugin !== undefined && !left.has(name)) registry.unregisterTool(name);
  for (const tool of tools) registry.registerTool(tool);
}

async function openEngine(root: CompositionRoot): Promise<TaskEngine> {
  const config = root.resolve(CONFIG);
  const { address, agingMs, maxQueued } = config.engine;
  const options = {
    clock: root.resolve(CLOCK),
    random: root.resolve(RANDOM),
    logger: root.resolve(LOGGER),
    agingMs,
    maxQueued,
  };
  const scheme = address.slice(0, address.indexOf(':'));
  if (scheme === 'memory') {
    return createMemoryEngine({ ...options, keepFinished: { count: config.engine.retention.finishedTasks } });
  }
  const found = engineBringer(root);
  if (found !== undefined) return found.value.create(address, options);
  throw new OrchestratorError(
    'STARTUP_FAILED',
    `No engine for "${address}": add the plugin that brings scheme "${scheme}", for example sqliteEnginePlugin() for sqlite:<file>.`,
  );
}

/** The plugin that brings the engine of the configured address. */
function engineBringer(
  root: CompositionRoot,
): { readonly plugin: PluginV1; readonly value: EngineContribution } | undefined {
  const { address } = root.resolve(CONFIG).engine;
  const scheme = address.slice(0, address.indexOf(':'));
  return root
    .resolve(PLUGIN_REGISTRY)
    .contributions('engines')
    .find(({ value }) => value.scheme === scheme);
}

/** An engine whose callers run what its full queue cannot take, where that is configured. */
function relieved(root: CompositionRoot, engine: TaskEngine): TaskEngine {
  if (root.resolve(CONFIG).engine.whenFull !== 'run-inline') return engine;
  const [clock, random, logger] = [root.resolve(CLOCK), root.resolve(RANDOM), root.resolve(LOGGER)];
  return new InlineOverflow(engine, createMemoryEngine({ clock, random, logger, agingMs: 0 }), clock);
}

function refuseOfflineInProduction(root: CompositionRoot): void {
  const config: OrchestratorConfig = root.resolve(CONFIG);
  if (config.profile !== 'production' || config.models.allowOfflineInProduction) return;
  const providers = root.resolve(MODEL_REGISTRY).list();
  if (providers.length === 0 || providers.some(({ origin }) => origin !== 'offline')) return;
  throw new OrchestratorError(
    'STARTUP_FAILED',
    'The production profile needs a real model, and only the rule-based offline one is registered. Add openaiModelPlugin(), or set models.allowOfflineInProduction.',
  );
}

function configOf(given: OrchestratorOptions['config']): OrchestratorConfig {
  return isLoaded(given) ? given.config : resolveConfig(given ?? {});
}

function environmentOf({ config, environment }: OrchestratorOptions): OrchestratorOptions['environment'] {
  return environment ?? (isLoaded(config) ? config.environment : undefined);
}

function isLoaded(given: OrchestratorOptions['config']): given is LoadedConfig {
  return given !== undefined && 'sources' in given && 'config' in given;
}

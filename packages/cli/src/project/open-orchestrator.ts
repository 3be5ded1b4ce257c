import type { OrchestratorConfigInput } from '@master-orchestrator/config';
import type { Logger } from '@master-orchestrator/contracts';
import { createOrchestrator, type MasterOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { stat } from 'node:fs/promises';
import { logEvents } from '../logging/log-events.js';
import { loadPlugins } from '../plugins/load-plugins.js';
import type { Project } from './load-project.js';

/** How an orchestrator is opened for a command. */
export interface OpenOptions {
  /** True: the offline model thinks, and no other. */ readonly isOffline?: boolean | undefined;
  /** False: this process queues tasks but runs none. @default true */ readonly isWorker?: boolean;
  /** True: others ask this process over HTTP, for metrics too. @default false */ readonly isServing?: boolean;
  /** True: a person at a terminal answers what an agent cannot decide. */ readonly canAskPeople?: boolean;
  /** Gets the event stream as lines, too. */ readonly logger?: Logger | undefined;
  /** Tasks at once; else as configured. */ readonly slots?: number | undefined;
}

/** An orchestrator with what the command must know about it. */
export interface Opened {
  readonly project: Project;
  readonly orchestrator: MasterOrchestrator;
  /** True where the offline model stands in because no other is configured. */ readonly isStandIn: boolean;
  /** True where nothing but the offline model thinks. */ readonly isOffline: boolean;
  /** True where tasks outlive this process. */ readonly isDurable: boolean;
}

/** Opens an orchestrator that can do work: with tools, templates and a model. The caller shuts it down. */
export async function openOrchestrator(project: Project, options: OpenOptions = {}): Promise<Opened> {
  const { plugins, failed, isStandIn } = await loadPlugins(project, {
    isOffline: options.isOffline,
    isServing: options.isServing === true,
  });
  const orchestrator = await createOrchestrator({
    config: configOf(project, options.slots),
    environment: project.loaded.environment,
    plugins,
    failedPlugins: failed,
    ...(options.logger === undefined ? {} : { logger: options.logger }),
    ...(options.isWorker === undefined ? {} : { isWorker: options.isWorker }),
    ...(options.canAskPeople === true ? { canAskPeople: true } : {}),
  });
  if (options.logger !== undefined) logEvents(orchestrator, options.logger);
  return {
    project,
    orchestrator,
    isStandIn,
    isOffline: isStandIn || options.isOffline === true,
    isDurable: orchestrator.engine.caps.durable,
  };
}

/**
 * Opens the store alone: for looking at tasks and answering questions. Nothing runs in it.
 *
 * @returns `undefined` where nothing has been stored yet; no file is made then
 * @throws OrchestratorError CONFIG_INVALID where the configuration keeps nothing
 */
export async function openStore(project: Project): Promise<MasterOrchestrator | undefined> {
  const { engineAddress } = project;
  if (engineAddress.startsWith('memory:')) {
    throw new OrchestratorError(
      'CONFIG_INVALID',
      'The engine is "memory:", so that no task outlives its process and there is nothing to show. Set engine.address to sqlite:<file>, or leave it out.',
    );
  }
  if (engineAddress.startsWith('sqlite:') && !(await exists(engineAddress.slice('sqlite:'.length)))) return undefined;
  const { plugins, failed } = await loadPlugins(project, { scope: 'state' });
  return createOrchestrator({ config: configOf(project), plugins, failedPlugins: failed, isWorker: false });
}

/** A tool that is unknown because the plugin that brings it is not turned on: says which, and how. */
export function withToolHint(error: OrchestratorError, project: Project): OrchestratorError {
  const tool = /tool "([^"]+)"/.exec(error.message)?.[1] ?? '';
  if (error.code !== 'TOOL_UNKNOWN' || !FILE_TOOLS.includes(tool)) return error;
  const plugin = '@master-orchestrator/tools-files';
  if (plugin in project.loaded.config.plugins) return error;
  return error.with({
    advice: `Let agents read files: mao plugins add ${plugin} --settings '{"roots":[{"path":".","isReadOnly":true}]}'`,
  });
}

const FILE_TOOLS = ['read_file', 'list_directory', 'write_file'];

function configOf({ loaded, engineAddress }: Project, slots?: number): OrchestratorConfigInput {
  const { config } = loaded;
  return {
    ...config,
    engine: { ...config.engine, address: engineAddress },
    ...(slots === undefined ? {} : { maxConcurrentAgents: slots }),
  };
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

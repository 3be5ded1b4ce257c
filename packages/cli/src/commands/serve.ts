import { watchConfig, type ConfigChange, type LoadedConfig } from '@master-orchestrator/config';
import { runUntilSignal } from '@master-orchestrator/core';
import type { AgentFactory } from '@master-orchestrator/factory';
import { createServer, type Server } from '@master-orchestrator/server';
import { createStandingAgents } from '../agents/standing-agents.js';
import { usageError, type CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import type { ExitCode } from '../cli/exit-codes.js';
import { createLogger, type CommandLogger } from '../logging/create-logger.js';
import { assertCredentials } from '../project/credentials.js';
import { loadProject, type Project } from '../project/load-project.js';
import { openOrchestrator, type Opened } from '../project/open-orchestrator.js';
import { portTaken, ServerNote } from '../serving/server-note.js';
import { version } from '../version.js';

interface ServeFlags {
  readonly host?: string;
  readonly port?: number;
  readonly autoPort?: boolean;
  readonly worker: boolean;
  readonly readOnly?: boolean;
  readonly offline?: boolean;
}

/** `mao serve`: the HTTP API over the agents of the project, until told to stop. */
export async function run(context: CommandContext, { options }: CommandInput): Promise<ExitCode> {
  const startedAt = performance.now();
  const flags = options as unknown as ServeFlags;
  if (flags.autoPort === true && flags.port !== undefined) throw usageError('Give --port or --auto-port, not both.');
  const project = await loadProject(context, { flags: settingsOf(flags) });
  const { config } = project.loaded;
  const logger = await createLogger(project.loaded, {
    level: context.globals.debug === true ? 'debug' : config.logging.level,
  });
  const opened = await openOrchestrator(project, {
    isOffline: flags.offline,
    isWorker: flags.worker,
    isServing: true,
    logger,
  });
  const note = new ServerNote(project.dataDirectory);
  try {
    const factory = await createStandingAgents(opened);
    assertCredentials(opened, await opened.orchestrator.listAgents(), 'mao serve');
    const server = await serverOf(opened, factory, logger, flags);
    await listen(server, project, flags.autoPort === true);
    if (flags.worker) await opened.orchestrator.start();
    await note.write(server.url ?? '');
    const [agent] = await opened.orchestrator.listAgents();
    const stopped = untilStopped(project, server, logger);
    tellReady(context, opened, server, { agent: agent?.name ?? '', readyMs: performance.now() - startedAt });
    return await stopped;
  } finally {
    await note.remove();
    await opened.orchestrator.shutdown({ drainMs: 0 });
    logger.flush();
  }
}

function settingsOf({ host, port }: ServeFlags): Record<string, unknown> {
  return {
    ...(host === undefined ? {} : { 'server.host': host }),
    ...(port === undefined ? {} : { 'server.port': port }),
  };
}

function serverOf(opened: Opened, factory: AgentFactory, logger: CommandLogger, flags: ServeFlags): Promise<Server> {
  const { loaded, dataDirectory, engineAddress } = opened.project;
  const engine = { ...loaded.config.engine, address: engineAddress, dataDirectory };
  return createServer(opened.orchestrator, {
    config: { ...loaded.config, engine },
    templates: factory,
    logger,
    readOnly: flags.readOnly === true,
  });
}

async function listen(server: Server, project: Project, isAutoPort: boolean): Promise<void> {
  try {
    await server.listen();
  } catch (cause) {
    if (!portTaken(cause)) throw cause;
    if (isAutoPort) await server.listen({ port: 0 });
    else throw await new ServerNote(project.dataDirectory).explain(cause, project.loaded.config.server);
  }
}

function tellReady(
  { output }: CommandContext,
  opened: Opened,
  server: Server,
  { agent, readyMs }: { readonly agent: string; readonly readyMs: number },
): void {
  const { project, isOffline } = opened;
  const { files, config } = project.loaded;
  const url = server.url ?? '';
  const openapi = `${url}/openapi.json`;
  const document = { status: 'ready', url, openapi, pid: process.pid, engine: project.engineAddress, version };
  output.result({ ...document, isOffline, readyMs: Math.round(readyMs) }, () => {
    output.line(`${output.colors.bold(`mao ${version}`)}  ready in ${Math.round(readyMs)} ms`);
    output.line(`  API      ${output.colors.cyan(url)}`);
    output.line(`  OpenAPI  ${openapi}`);
    output.line(`  config   ${files.project ?? 'no file: the defaults are in force'}`);
    output.line(`  store    ${project.engineAddress}`);
    output.line(
      `  model    ${isOffline ? 'offline:rules, rule-based; OPENAI_API_KEY brings a real one' : (config.models.default ?? 'gpt-4o')}`,
    );
    output.line(`  try      ${firstCommand(url, agent, config.server.auth.enabled)}`);
    output.line('  stop     Ctrl-C');
  });
}

function firstCommand(url: string, model: string, isAuthOn: boolean): string {
  const key = isAuthOn ? ' -H "authorization: Bearer $MAO_ADMIN_KEY"' : '';
  const body = JSON.stringify({ model, input: 'What is the mean of 3, 4 and 8?' });
  return `curl ${url}/v1/responses${key} -H 'content-type: application/json' -d '${body}'`;
}

/** Serves until a signal comes; follows the configuration file meanwhile. */
async function untilStopped(project: Project, server: Server, logger: CommandLogger): Promise<ExitCode> {
  const { drainMs, exitMs } = project.loaded.config.shutdown;
  // Signals are heard from here on, before anybody is told that it is ready.
  const stopped = runUntilSignal(server, { drainMs, exitMs, logger, onStopping: () => server.stop() });
  const watching = watchConfig({
    current: project.loaded,
    ...project.reading,
    apply: (next, change) => takeOver(next, change, logger),
    onReject: (error) => logger.warn({ err: error }, 'the changed configuration does not count'),
  });
  const reload = (): void => void watching.then((watcher) => watcher.reload());
  process.on('SIGHUP', reload);
  const watcher = await watching;
  const code = await stopped;
  process.off('SIGHUP', reload);
  watcher.close();
  return code as ExitCode;
}

/** Settings that count at once; the others are named, so that nobody waits for them. */
function takeOver({ config }: LoadedConfig, { reloaded, needsRestart }: ConfigChange, logger: CommandLogger): void {
  const now: readonly string[] = reloaded.filter((path) => path === 'logging.level');
  const later = [...reloaded.filter((path) => !now.includes(path)), ...needsRestart];
  logger.info({ takenOver: now, afterRestart: later }, 'the configuration changed');
  if (now.length > 0) logger.setLevel(config.logging.level);
}

import { secretValues } from '@master-orchestrator/config';
import { runUntilSignal } from '@master-orchestrator/core';
import { shareEvents } from '@master-orchestrator/server';
import { createStandingAgents } from '../agents/standing-agents.js';
import type { CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import type { ExitCode } from '../cli/exit-codes.js';
import { createLogger } from '../logging/create-logger.js';
import { assertCredentials } from '../project/credentials.js';
import { loadProject } from '../project/load-project.js';
import { openOrchestrator, type Opened } from '../project/open-orchestrator.js';
import { tellWithout } from '../runs/start-notes.js';
import { version } from '../version.js';

interface WorkerFlags {
  readonly slots?: number;
  readonly idleExit?: number;
  readonly offline?: boolean;
}

/** How often an idle worker looks whether something is left to do, in milliseconds. */
const LOOK_MS = 200;

/** A day, in milliseconds. */
const ALIVE_MS = 86_400_000;

/** `mao worker`: works on queued tasks until told to stop. */
export async function run(context: CommandContext, { options }: CommandInput): Promise<ExitCode> {
  const flags = options as WorkerFlags;
  const project = await loadProject(context);
  const { config } = project.loaded;
  const level = context.globals.debug === true ? 'debug' : config.logging.level;
  const logger = await createLogger(project.loaded, { level });
  const opened = await openOrchestrator(project, { isOffline: flags.offline, logger, slots: flags.slots });
  const { orchestrator } = opened;
  try {
    await createStandingAgents(opened);
    assertCredentials(opened, await orchestrator.listAgents(), 'mao worker');
    await orchestrator.start();
  } catch (error) {
    await orchestrator.shutdown({ drainMs: 0 });
    throw error;
  }
  const { drainMs, exitMs } = config.shutdown;
  // Signals are heard before anybody is told that it is ready.
  const stopped = runUntilSignal(orchestrator, { drainMs, exitMs, logger });
  // With nothing to do nothing else keeps the process alive.
  const alive = setInterval(() => undefined, ALIVE_MS);
  tellWithout(context, opened);
  tellStarted(context, opened, flags.slots ?? config.maxConcurrentAgents);
  const sharing = opened.isDurable ? shareEvents(orchestrator, { secrets: secretValues(config), logger }) : undefined;
  const stopIdle = flags.idleExit === undefined ? undefined : watchIdle(opened, flags.idleExit * 1_000);
  const code = await stopped;
  clearInterval(alive);
  stopIdle?.();
  await sharing?.close().catch(() => undefined);
  logger.flush();
  return code as ExitCode;
}

function tellStarted({ output }: CommandContext, { project }: Opened, slots: number): void {
  const { engineAddress } = project;
  output.result({ status: 'ready', pid: process.pid, slots, engine: engineAddress, version }, () => {
    output.line(`mao worker ${version}  ready, ${slots} tasks at once`);
    output.line(`  store   ${engineAddress}`);
    output.line('  stop    Ctrl-C');
  });
}

/** Stops the worker, as a signal would, once nothing has been left to do for a while. */
function watchIdle({ orchestrator }: Opened, idleMs: number): () => void {
  let idleSince = performance.now();
  const timer = setInterval(() => {
    orchestrator.engine
      .list({ phases: ['ready', 'running', 'scheduled', 'blocked'], limit: 1 })
      .then(({ items }) => {
        if (items.length > 0) idleSince = performance.now();
        else if (performance.now() - idleSince >= idleMs) process.emit('SIGTERM');
      })
      .catch(() => undefined);
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

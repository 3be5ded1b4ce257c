import { createOrchestrator } from '../create-orchestrator.js';
import type { MasterOrchestrator } from '../orchestrator.js';
import type { OrchestratorOptions } from '../orchestrator-options.js';
import { runUntilSignal, type RunUntilSignalOptions } from './run-until-signal.js';

/** What {@link startWorker} takes. */
export interface WorkerOptions extends OrchestratorOptions {
  /** Creates the agents whose tasks this process works on, before it takes the first one. */
  readonly setup?: (orchestrator: MasterOrchestrator) => Promise<void> | void;
  /** How it stops. */ readonly stop?: RunUntilSignalOptions;
}

/** A process at work. */
export interface Worker {
  readonly orchestrator: MasterOrchestrator;
  /** Resolves with the exit code once a signal has stopped it in order. */ readonly stopped: Promise<number>;
}

/**
 * Makes this process work on the tasks of an engine until it is told to stop: `process.exitCode = await worker.stopped`.
 *
 * @throws OrchestratorError those of `createOrchestrator` and of `setup`; then nothing is left open
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { setup, stop, ...rest } = options;
  const orchestrator = await createOrchestrator(rest);
  try {
    await setup?.(orchestrator);
    await orchestrator.start();
  } catch (error) {
    await orchestrator.shutdown({ drainMs: 0 });
    throw error;
  }
  const { logger } = options;
  const stopped = runUntilSignal(orchestrator, { ...(logger === undefined ? {} : { logger }), ...stop });
  return { orchestrator, stopped };
}

import { classify, OrchestratorError } from '@master-orchestrator/errors';
import type { Logger } from '@master-orchestrator/contracts';
import { silentLogger } from '@master-orchestrator/contracts';

/** What {@link runUntilSignal} needs of the thing it stops. */
export interface Stoppable {
  /** Stops in order; running steps have `drainMs`. Called once, or again with 0 to hurry. */
  shutdown(options: { readonly drainMs: number }): Promise<void>;
  /** Resolves with a failure because of which the process must end. */ readonly fatal?: Promise<unknown>;
}

/** Settings of {@link runUntilSignal}. */
export interface RunUntilSignalOptions {
  /** Time running steps have to end, in milliseconds. @default 25_000 */ readonly drainMs?: number;
  /** Time after which the process ends in any case, in milliseconds. @default 35_000 */ readonly exitMs?: number;
  readonly logger?: Logger;
  /** Told at the first signal, before anything stops: readiness turns to 503 here. */ readonly onStopping?: (
    signal: string,
  ) => void;
  /** The process to listen to and end. @default the real one */ readonly process?: ProcessLike;
}

/** The part of `process` that is used. */
export interface ProcessLike {
  on(event: string, listener: (...values: never[]) => void): unknown;
  off(event: string, listener: (...values: never[]) => void): unknown;
  exit(code: number): void;
}

const DRAIN_MS = 25_000;
const EXIT_MS = 35_000;

/**
 * Keeps a process at work until it is told to stop, then stops it in order.
 *
 * SIGTERM and SIGINT drain: nothing new is started, running steps have their time. A second signal aborts what still
 * runs. An uncaught exception, an unhandled rejection or a `fatal` failure takes the same way and ends with 1, as does a
 * stop that takes longer than `exitMs`.
 *
 * @returns the exit code once everything is closed: 0, 130 after SIGINT, 1 after a failure. The process is not ended
 * unless it hangs, so that the caller may flush what it owns.
 */
export function runUntilSignal(target: Stoppable, options: RunUntilSignalOptions = {}): Promise<number> {
  const { drainMs = DRAIN_MS, exitMs = EXIT_MS, logger = silentLogger } = options;
  const host = options.process ?? (process as unknown as ProcessLike);
  return new Promise((resolve) => {
    let isStopping = false;
    let guard: NodeJS.Timeout | undefined;
    const stop = (reason: string, code: number): void => {
      if (isStopping) {
        logger.warn({ reason }, 'stopping at once');
        void target.shutdown({ drainMs: 0 }).catch(() => undefined);
        return;
      }
      isStopping = true;
      logger.info({ reason, drainMs }, 'stopping');
      options.onStopping?.(reason);
      guard = setTimeout(() => host.exit(1), exitMs);
      target.shutdown({ drainMs }).then(
        () => finish(code),
        (error: unknown) => {
          logger.error({ err: classify(error).toJSON() }, 'the shutdown failed');
          finish(1);
        },
      );
    };
    const onTerm = (): void => stop('SIGTERM', 0);
    const onInt = (): void => stop('SIGINT', 130);
    const onFailure = (cause: unknown): void => {
      const error = new OrchestratorError(
        'UNKNOWN_ERROR',
        'Something was thrown that nobody caught; the process stops.',
        { cause, severity: 'CRITICAL' },
      );
      logger.error({ err: error.toJSON() }, 'uncaught');
      stop('uncaught error', 1);
    };
    const listeners = [
      ['SIGTERM', onTerm],
      ['SIGINT', onInt],
      ['uncaughtException', onFailure],
      ['unhandledRejection', onFailure],
    ] as const;
    const finish = (code: number): void => {
      clearTimeout(guard);
      for (const [event, listener] of listeners) host.off(event, listener);
      resolve(code);
    };
    for (const [event, listener] of listeners) host.on(event, listener);
    void target.fatal?.then(() => {
      if (!isStopping) stop('a failure that concerns the whole process', 1);
    });
  });
}

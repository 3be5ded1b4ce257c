import type { Output } from '../output/output.js';

/** Time between the second Ctrl-C and the end of the process, in milliseconds. */
const HURRY_MS = 1_000;

/** What is done about Ctrl-C and SIGTERM. */
export interface InterruptActions {
  /** Stops the work in order. */ stop(): void;
  /** Aborts what still runs; the process ends soon after, whatever becomes of it. */ hurry(): void;
}

/**
 * Listens for Ctrl-C: a word at once, then a stop in order; the second one stops at once.
 *
 * @returns the function that stops listening
 */
export function onInterrupt(output: Output, actions: InterruptActions): () => void {
  let times = 0;
  const handle = (): void => {
    times += 1;
    if (times === 1) {
      output.raw('Stopping… (Ctrl-C again stops at once)\n');
      actions.stop();
    } else {
      output.raw('Stopping at once.\n');
      actions.hurry();
      setTimeout(() => process.exit(130), HURRY_MS).unref();
    }
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return () => {
    process.off('SIGINT', handle);
    process.off('SIGTERM', handle);
  };
}

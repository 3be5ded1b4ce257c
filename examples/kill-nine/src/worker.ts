import { startWorker } from '@master-orchestrator/core';
import { CLERK, teamOptions, type Campaign } from './team.js';

// A worker process: takes tasks until it is told to stop, or is killed.
const campaign = JSON.parse(process.argv[2] ?? '{}') as Campaign;
const worker = await startWorker({
  ...teamOptions(campaign),
  setup: async (orchestrator) => void (await orchestrator.createAgent(CLERK)),
  stop: { drainMs: 5_000, exitMs: 15_000 },
});
// The death of the program that started it must not leave it behind.
const endAlone = (): never => process.exit(1);
process.once('disconnect', endAlone);
process.send?.('ready');
process.exitCode = await worker.stopped;
process.off('disconnect', endAlone);
process.disconnect?.();

import { OrchestratorError, sleep, type Clock } from '@master-orchestrator/errors';

/**
 * Asks somebody who may never answer. The work is not stopped; its answer is not waited for any longer.
 *
 * @throws OrchestratorError RESPONSE_TIMEOUT after `ms` milliseconds; whatever `work` throws
 */
export async function within<T>(clock: Clock, ms: number, who: string, work: () => T | Promise<T>): Promise<T> {
  const enough = new AbortController();
  const late = sleep(clock, ms, enough.signal).then(() => {
    throw new OrchestratorError('RESPONSE_TIMEOUT', `${who} gave no answer within ${ms} ms.`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work(), late]);
  } finally {
    enough.abort();
  }
}

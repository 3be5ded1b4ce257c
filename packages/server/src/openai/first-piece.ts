import { sleep, type Clock } from '@master-orchestrator/errors';

/** How long the first piece is waited for before the stream begins without one, in milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Waits for the first piece of an answer, so that a failure before it can be told by a status. After a while the stream
 * begins all the same: proxies in between give up on a silent connection.
 *
 * @returns the pieces, the first one included
 */
export async function firstPiece(
  pieces: AsyncIterable<string>,
  clock: Clock,
  signal: AbortSignal,
): Promise<AsyncIterable<string>> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = iterator.next();
  first.catch(() => undefined);
  const enough = new AbortController();
  const tired = sleep(clock, PATIENCE_MS, AbortSignal.any([signal, enough.signal])).catch(() => undefined);
  await Promise.race([first, tired]);
  enough.abort();
  return {
    async *[Symbol.asyncIterator]() {
      for (let step = await first; step.done !== true; step = await iterator.next()) yield step.value;
    },
  };
}

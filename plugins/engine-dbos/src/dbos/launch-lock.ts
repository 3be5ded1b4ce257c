import { OrchestratorError, sleep, type Clock } from '@master-orchestrator/errors';
import { Client } from 'pg';
import { nameOf, poolConfig } from '../database/store.js';
import { isPassing, unavailable } from '../database/store-failure.js';

const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 60_000;
const AGAIN_MS = 500;

/**
 * Launches one process after the other: DBOS brings its tables up to date by statements that deadlock where two
 * processes do so at once. A database that is away meanwhile is waited for.
 *
 * @throws OrchestratorError what `launch` throws; ENGINE_UNAVAILABLE where the turn, or the database, does not come
 */
export async function launchInTurn<T>(
  { url, schema, clock }: { readonly url: string; readonly schema: string; readonly clock: Clock },
  launch: () => Promise<T>,
): Promise<T> {
  for (const end = clock.monotonic() + PATIENCE_MS; ;) {
    const client = new Client(poolConfig(url, 1));
    client.on('error', () => {});
    try {
      await client.connect();
      await takeTurn(client, { url, schema, clock }, end);
      return await launch();
    } catch (error) {
      const isAway = OrchestratorError.isInstance(error) ? error.code === 'ENGINE_UNAVAILABLE' : isPassing(error);
      if (!isAway || clock.monotonic() > end) throw error;
    } finally {
      // The lock goes with its connection.
      await client.end().catch(() => {});
    }
    await sleep(clock, AGAIN_MS);
  }
}

/** Asks again and again: a session that waits for the lock would itself hold up the statements of the one that has it. */
async function takeTurn(
  client: Client,
  { url, schema, clock }: { readonly url: string; readonly schema: string; readonly clock: Clock },
  end: number,
): Promise<void> {
  const sql = 'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken';
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>(sql, [`mao launch ${schema}`]);
    if (rows[0]?.taken === true) return;
    if (clock.monotonic() > end) throw unavailable(nameOf(url));
    await sleep(clock, LOOK_EVERY_MS);
  }
}

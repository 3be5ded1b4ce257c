import { Pool } from 'pg';
import { nameOf, poolConfig } from '../database/store.js';
import { codeOf, storageError } from '../database/store-failure.js';
import { plainJson } from './raw-json.js';

const UNDEFINED_TABLE = '42P01';

/** Removes what DBOS holds of deliveries, from a process in which DBOS was not launched. */
export async function removeDeliveries(
  { url, schema }: { readonly url: string; readonly schema: string },
  workflowIds: readonly string[],
): Promise<void> {
  const { DBOSClient } = await import('@dbos-inc/dbos-sdk');
  const pool = new Pool(poolConfig(url, 1));
  pool.on('error', () => {});
  try {
    const client = await DBOSClient.create({
      systemDatabaseUrl: url,
      systemDatabasePool: pool,
      systemDatabaseSchemaName: schema,
      serializer: plainJson,
    });
    await client.deleteWorkflows([...workflowIds]);
    await client.destroy();
  } catch (error) {
    // Before the first worker has launched DBOS there are no tables of it, and nothing to remove.
    if (codeOf(error) !== UNDEFINED_TABLE) throw storageError(nameOf(url), error);
  } finally {
    await pool.end();
  }
}

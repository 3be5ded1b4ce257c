import { nameOf } from '../database/store.js';
import { startupFailed } from '../database/store-failure.js';
import { launchInTurn } from './launch-lock.js';
import { DbosRuntime, type RuntimeOptions } from './dbos-runtime.js';

/** The one runtime of this process and those who use it. Static, as the instance of DBOS is. */
let shared: { readonly key: string; readonly name: string; readonly runtime: DbosRuntime; users: number } | undefined;
let turn: Promise<unknown> = Promise.resolve();

/**
 * The runtime on a database, launched where it is not yet.
 *
 * @throws OrchestratorError STARTUP_FAILED where DBOS runs on another database in this process, ENGINE_UNAVAILABLE
 */
export function acquireRuntime(options: RuntimeOptions): Promise<DbosRuntime> {
  return inTurn(async () => {
    const key = `${options.url} ${options.schema}`;
    if (shared === undefined) {
      const sdk = await import('@dbos-inc/dbos-sdk');
      const runtime = await launchInTurn(options, () => DbosRuntime.launch(sdk, options));
      shared = { key, name: nameOf(options.url), runtime, users: 0 };
    }
    if (shared.key !== key) throw launchedElsewhere(shared.name, nameOf(options.url));
    shared.users += 1;
    return shared.runtime;
  });
}

/** Gives the runtime back; the last one stops it. */
export function releaseRuntime(runtime: DbosRuntime): Promise<void> {
  return inTurn(async () => {
    if (shared?.runtime !== runtime) return;
    shared.users -= 1;
    if (shared.users > 0) return;
    shared = undefined;
    await runtime.stop();
  });
}

function launchedElsewhere(present: string, wanted: string): Error {
  const message = `DBOS runs in this process on "${present}" and cannot run on "${wanted}", too: a process has one instance of it. Stop the other engine first, or serve each database from a process of its own.`;
  return startupFailed(message);
}

/** One launch or stop after the other. */
function inTurn<T>(act: () => Promise<T>): Promise<T> {
  const result = turn.then(act);
  turn = result.catch(() => {});
  return result;
}

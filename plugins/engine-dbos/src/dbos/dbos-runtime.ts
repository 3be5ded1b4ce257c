import type { Logger } from '@master-orchestrator/contracts';
import { OrchestratorError, type Clock } from '@master-orchestrator/errors';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Pool } from 'pg';
import { nameOf, poolConfig } from '../database/store.js';
import { isPassing, startupFailed, unavailable } from '../database/store-failure.js';
import { OwnershipLost } from './ownership-lost.js';
import { plainJson, RawJson } from './raw-json.js';

type Sdk = typeof import('@dbos-inc/dbos-sdk');

/** Runs of older code are never resumed by DBOS itself, so the version says how deliveries are recorded, not what they do. */
const APPLICATION_VERSION = 'mao-1';
const APPLICATION = 'master-orchestrator';
const WORKFLOW = 'mao.delivery';
/** A queue nobody listens to: what stands in it never starts. */
const FENCE_QUEUE = 'mao.fence';
/** DBOS looks for schedules; there are none. */
const SCHEDULES_EVERY_MS = 3_600_000;
/** Time for deliveries that are over to be noted as such. */
const LAST_WRITES_MS = 1_000;

/** Which database DBOS works on. */
export interface RuntimeOptions {
  /** Connection URL, with the password. */ readonly url: string;
  /** Schema of the tables of DBOS. */ readonly schema: string;
  readonly connections: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Records one step: runs `produce` and commits the JSON it gives. What `produce` throws is thrown on and not recorded. */
export type RecordStep = (name: string, produce: () => Promise<string>) => Promise<void>;

/** One delivery of a task, as DBOS sees it: a workflow. */
export interface Delivery {
  readonly workflowId: string;
  /** Shown by the tools of DBOS. */ readonly attributes: Readonly<Record<string, string | number>>;
  /** Runs the handler; resolves when the delivery is over. What it gives is the workflow's output. */
  run(record: RecordStep): Promise<unknown>;
}

/**
 * DBOS in this process. It can be launched once at a time (its instance is static), so all engines of a process share
 * one, and all of them must be on the same database.
 */
export class DbosRuntime {
  readonly #sdk: Sdk;
  readonly #options: RuntimeOptions;
  readonly #pool: Pool;
  readonly #client: import('@dbos-inc/dbos-sdk').DBOSClient;
  readonly #atRoot = AsyncLocalStorage.snapshot();

  private constructor(sdk: Sdk, options: RuntimeOptions, pool: Pool, client: import('@dbos-inc/dbos-sdk').DBOSClient) {
    this.#sdk = sdk;
    this.#options = options;
    this.#pool = pool;
    this.#client = client;
  }

  /** @throws OrchestratorError STARTUP_FAILED, ENGINE_UNAVAILABLE */
  static async launch(sdk: Sdk, options: RuntimeOptions): Promise<DbosRuntime> {
    const { url, schema, connections, logger } = options;
    if (sdk.DBOS.isInitialized()) {
      throw startupFailed(
        'DBOS was launched in this process by other code, and it can be launched only once. Serve tasks from a process of their own.',
      );
    }
    registerDeliveries(sdk);
    const pool = new Pool(poolConfig(url, connections));
    pool.on('error', (error) => logger.debug({ error }, 'idle connection of DBOS was lost'));
    sdk.DBOS.setConfig({
      name: APPLICATION,
      systemDatabaseUrl: url,
      systemDatabasePool: pool,
      systemDatabaseSchemaName: schema,
      applicationVersion: APPLICATION_VERSION,
      executorID: `${hostname()} ${process.pid} ${randomUUID()}`,
      serializer: plainJson,
      logger: quiet(logger),
      useListenNotify: false,
      listenQueues: [],
      schedulerPollingIntervalMs: SCHEDULES_EVERY_MS,
    });
    try {
      await sdk.DBOS.launch();
    } catch (error) {
      await sdk.DBOS.shutdown().catch(() => {});
      await pool.end().catch(() => {});
      throw launchError(url, error);
    }
    const client = await sdk.DBOSClient.create({
      systemDatabaseUrl: url,
      systemDatabasePool: pool,
      systemDatabaseSchemaName: schema,
      serializer: plainJson,
      logger: quiet(logger),
      applicationName: APPLICATION,
    });
    return new DbosRuntime(sdk, options, pool, client);
  }

  /** Starts a delivery. `fenced`: another process has made sure that it never starts. */
  async start(delivery: Delivery): Promise<'started' | 'fenced'> {
    const { workflowId, attributes } = delivery;
    deliveries.set(workflowId, (record) => delivery.run(record));
    try {
      // A handler may have caused this call; DBOS would take the delivery for a child of its workflow.
      await this.#atRoot(() =>
        this.#sdk.DBOS.startWorkflow(registerDeliveries(this.#sdk), {
          workflowID: workflowId,
          workflowIDReusePolicy: 'reject',
          workflowAttributes: { ...attributes },
        })(workflowId),
      );
      return 'started';
    } catch (error) {
      deliveries.delete(workflowId);
      if (error instanceof this.#sdk.Error.DBOSWorkflowIDInUseError) return 'fenced';
      throw storeError(this.#options.url, error);
    }
  }

  /** From here on these deliveries can commit nothing, and those that have not started never start. */
  async fence(workflowIds: readonly string[]): Promise<void> {
    if (workflowIds.length === 0) return;
    const ids = [...workflowIds];
    await this.#atRoot(async () => {
      await this.#client.cancelWorkflows(ids);
      const known = new Set(
        (await this.#client.listWorkflows({ workflowIDs: ids, loadInput: false, loadOutput: false })).map(
          (workflow) => workflow.workflowID,
        ),
      );
      const missing = ids.filter((id) => !known.has(id));
      for (const workflowID of missing) {
        await this.#client.enqueue({ workflowName: WORKFLOW, queueName: FENCE_QUEUE, workflowID }, workflowID);
      }
      if (missing.length > 0) await this.#client.cancelWorkflows(missing);
    });
  }

  /** Removes what DBOS holds of deliveries. */
  async remove(workflowIds: readonly string[]): Promise<void> {
    await this.#atRoot(() => this.#client.deleteWorkflows([...workflowIds]));
  }

  /** Stops DBOS in this process; deliveries that go on can commit nothing any more. */
  async stop(): Promise<void> {
    await this.#client.destroy();
    await this.#sdk.DBOS.shutdown({ workflowCompletionTimeoutMS: LAST_WRITES_MS });
    await this.#pool.end();
  }
}

type Run = (record: RecordStep) => Promise<unknown>;

/** Deliveries that were started here, until DBOS calls them. Static like DBOS itself. */
const deliveries = new Map<string, Run>();
let workflow: ((workflowId: string) => Promise<unknown>) | undefined;

/** Registers the one workflow there is, before the first launch: DBOS takes no more afterwards. */
function registerDeliveries(sdk: Sdk): (workflowId: string) => Promise<unknown> {
  return (workflow ??= sdk.DBOS.registerWorkflow(
    async (workflowId: string): Promise<unknown> => {
      const run = deliveries.get(workflowId);
      deliveries.delete(workflowId);
      if (run === undefined) throw new Error(`delivery "${workflowId}" was not started by this process`);
      return run(recorder(sdk, workflowId));
    },
    { name: WORKFLOW },
  ));
}

function recorder(sdk: Sdk, workflowId: string): RecordStep {
  // A step may be asked for from anywhere: a listener, a timer. DBOS finds its workflow by the context of this call.
  const inWorkflow = AsyncLocalStorage.snapshot();
  return async (name, produce) => {
    let thrown: { readonly error: unknown } | undefined;
    const step = async (): Promise<RawJson> => {
      try {
        return new RawJson(await produce());
      } catch (error) {
        thrown = { error };
        // The one error that DBOS hands on without recording it as the step's outcome.
        throw new sdk.DBOSWorkflowConflictError(workflowId);
      }
    };
    try {
      await inWorkflow(() => sdk.DBOS.runStep(step, { name }));
    } catch (error) {
      if (thrown !== undefined) throw thrown.error;
      if (error instanceof sdk.DBOSWorkflowConflictError || error instanceof sdk.Error.DBOSWorkflowCancelledError) {
        throw new OwnershipLost();
      }
      throw storeError('', error);
    }
  };
}

/** What DBOS could not store. It waits for a server that is away by itself, so this is the end of a process or of the disk. */
function storeError(url: string, error: unknown): OrchestratorError {
  return OrchestratorError.isInstance(error) ? error : unavailable(url === '' ? 'of DBOS' : nameOf(url), error);
}

function launchError(url: string, error: unknown): OrchestratorError {
  if (isPassing(error)) return unavailable(nameOf(url), error);
  const reason = error instanceof Error ? error.message : String(error);
  return startupFailed(`DBOS could not be launched on "${nameOf(url)}": ${reason}`, error);
}

/** DBOS tells much; what a user must know of it, the engine says itself. */
function quiet(logger: Logger): import('@dbos-inc/dbos-sdk').DLogger {
  const tell = (entry: unknown): void => logger.debug({ from: 'dbos', entry: String(entry) }, 'DBOS');
  return { info: tell, debug: () => {}, warn: tell, error: tell };
}

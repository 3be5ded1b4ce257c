import type { EngineCaps, Logger } from '@master-orchestrator/contracts';

/** Where an engine's database comes from. */
export interface DatabaseSource {
  /** Scheme of the address. */ readonly scheme: string;
  readonly reach: EngineCaps['reach'];
  /** Resolves with a connection URL once the database can be asked; may be opened again after it was closed. */
  open(logger: Logger): Promise<string>;
  close(): Promise<void>;
}

/** A server that others run. */
export function remoteDatabase(url: string): DatabaseSource {
  return { scheme: 'dbos', reach: 'many-hosts', open: async () => url, close: async () => {} };
}

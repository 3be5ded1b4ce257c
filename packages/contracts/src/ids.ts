import { createToken } from '@master-orchestrator/errors';

/** Milliseconds since the Unix epoch. */
export type EpochMs = number;

/** What an id is for; becomes its prefix. */
export type IdKind =
  | 'agent'
  | 'task'
  | 'run'
  | 'call'
  | 'approval'
  | 'escalation'
  | 'deadletter'
  | 'session'
  | 'grant'
  | 'schedule'
  | 'event'
  | 'worker';

/** Makes a fresh id, for example `task_k3v9…`. Injected, so that a test can seed it. */
export type CreateId = (kind: IdKind) => string;

/** Token of the id source a composition root hands out. */
export const IDS = createToken<CreateId>('contracts.CreateId');

import type { Clock } from '@master-orchestrator/errors';

/** Bounds that every tool of this package keeps to. */
export interface DataLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxValues: number;
  readonly maxRows: number;
  readonly maxColumns: number;
  readonly maxResults: number;
  readonly queryTimeoutMs: number;
  readonly clock: Clock;
}

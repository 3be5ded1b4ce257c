import type { ToolContext, ToolFetch } from '@master-orchestrator/contracts';

/** What one call may reach outside. */
export interface ToolReach {
  readonly files: ToolContext['files'];
  readonly env: ToolContext['env'];
  /** `fetch` that ends with the call. */ fetchFor(signal: AbortSignal): ToolFetch;
}

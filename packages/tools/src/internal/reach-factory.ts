import type { ToolContext, ToolFetch } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { createToolEnv } from '../tool-env.js';
import type { GrantConstraints } from '../tool-grant.js';
import type { ToolRegistryOptions } from '../tool-registry-options.js';
import type { ToolEntry } from './tool-entry.js';
import type { ToolReach } from './tool-reach.js';

/** Makes what a call may reach outside: network, files, environment. */
export class ReachFactory {
  readonly #options: ToolRegistryOptions;

  constructor(options: ToolRegistryOptions) {
    this.#options = options;
  }

  of(_entry: ToolEntry, _constraints: readonly GrantConstraints[]): ToolReach {
    const refuse = (): never => {
      throw new OrchestratorError('TOOL_FORBIDDEN', 'not yet');
    };
    const files: ToolContext['files'] = { within: refuse };
    const env = createToolEnv({ environment: this.#options.environment ?? {} });
    return { files, env, fetchFor: (): ToolFetch => refuse };
  }

  async close(): Promise<void> {}
}

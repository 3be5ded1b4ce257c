import type { Effect, Permission, ToolAccessLevel, ToolCategory, ToolLimits } from '@master-orchestrator/contracts';
import type { GrantConstraints } from './tool-grant.js';

/** A registered tool as lists show it. */
export interface ToolSummary {
  readonly name: string;
  readonly description: string;
  readonly category: ToolCategory;
  readonly accessLevel: ToolAccessLevel;
  /** `depends` where it follows from the arguments. */ readonly effect: Effect | 'depends';
  /** The limits that hold. */ readonly limits: ToolLimits;
  /** Whether a person must approve: each call, or some by their arguments. */
  readonly approval: 'never' | 'sometimes' | 'always';
  readonly version?: string;
  /** Plugin it came from; absent where code registered it. */ readonly plugin?: string;
  /** What that plugin asked for. */ readonly permissions?: readonly Permission[];
}

/** A tool that an agent may use, and why. */
export interface AvailableTool extends ToolSummary {
  /** Each way by which it is allowed; of an agent with agents above it, its own ways. */
  readonly grants: readonly {
    readonly reason: string;
    readonly grantId?: string;
    readonly expiresAt?: number;
    readonly constraints?: GrantConstraints;
  }[];
}

import type {
  CreateId,
  EventData,
  Logger,
  StateStore,
  ToolFetchPolicy,
  ToolLimits,
} from '@master-orchestrator/contracts';
import type { ToolFilesPolicy } from './tool-files.js';
import type { BreakerRegistry, Clock, ErrorRule, Random, Redactor } from '@master-orchestrator/errors';

/** Bounds that hold for every tool unless a tool has smaller ones of its own. */
export interface RegistryLimits {
  /** One execution, in milliseconds, for tools without their own. @default 30_000 */ readonly timeoutMs?: number;
  /** Executions of one tool at once, for tools without their own. @default 10 */ readonly concurrent?: number;
  /** Executions of one agent a minute, over all tools. @default no limit */ readonly perAgentPerMinute?: number;
  /** Executions of one agent at once, over all tools. @default no limit */ readonly perAgentConcurrent?: number;
  /** Executions in one run, over all tools. @default no limit */ readonly callsPerRun?: number;
  /** Longest wait for a slot, in milliseconds. @default 60_000 */ readonly queueTimeoutMs?: number;
  /** Calls that may wait for a slot of one tool or agent. @default 10_000 */ readonly maxWaiting?: number;
  /** Time an aborted tool has to end before it is given up, in milliseconds. @default 5_000 */ readonly graceMs?: number;
  /** Bytes of one output as JSON. @default 1_048_576 */ readonly resultBytes?: number;
  /** Characters of an output that the model sees at once. @default 16_384 */ readonly excerptCharacters?: number;
  /** Characters of the arguments of one call. @default 1_048_576 */ readonly argumentCharacters?: number;
  /** Limits of single tools by name; the smaller of these and the tool's own holds. */
  readonly tools?: Readonly<Record<string, ToolLimits>>;
}

/** What the operator leaves to the tools of one plugin; what is left out is as the plugin declares it. */
export interface PluginToolPermissions {
  /** False: no network. A policy: an upper bound of what its tools ask for. */ readonly net?: ToolFetchPolicy | false;
  /** False: no files. Otherwise only below these folders. */ readonly fs?:
    | { readonly roots: readonly string[] }
    | false;
  /** Names of environment variables it may read, of those it declares. */ readonly env?: readonly string[];
}

/** What the registry reports outside of a call's result; the host puts an envelope around it and publishes it. */
export type RegistryEvent = {
  [Type in 'breaker-change' | 'error-raise']: {
    readonly type: Type;
    readonly data: EventData[Type];
    readonly taskId?: string;
    readonly runId?: string;
    readonly agentId?: string;
  };
}['breaker-change' | 'error-raise'];

/** Collaborators and settings of a {@link ToolRegistry}. Everything has a default. */
export interface ToolRegistryOptions {
  /** @default the machine's clock */ readonly clock?: Clock;
  /** @default Math.random */ readonly random?: Random;
  /** @default `<kind>_` and 20 random characters */ readonly createId?: CreateId;
  /** @default none */ readonly logger?: Logger;
  /** Where grants, decisions and large results are kept. @default memory only */ readonly state?: StateStore;
  /** True: public tools need a grant too. @default false */ readonly defaultDeny?: boolean;
  readonly limits?: RegistryLimits;
  /** Takes secrets out of what tools return. @default the usual forms of keys */ readonly redactor?: Redactor;
  /** By plugin name: what the operator leaves to its tools. */
  readonly pluginPermissions?: Readonly<Record<string, PluginToolPermissions>>;
  /** Upper bound of what any tool may reach by `context.fetch`. @default any public host, ports 80 and 443 */
  readonly fetchPolicy?: ToolFetchPolicy;
  /** Bounds of what any tool may reach by `context.files`. @default no bound, no sensitive writes */
  readonly files?: ToolFilesPolicy;
  /** Where `context.env` reads from. @default nothing */ readonly environment?: Readonly<
    Record<string, string | undefined>
  >;
  /** Receives breaker changes and tools that ignore their abort. @default dropped */ readonly publish?: (
    event: RegistryEvent,
  ) => void;
  /** Circuit breakers, keys `tool:<name>`. @default own ones */ readonly breakers?: BreakerRegistry;
  /** Rows that are asked first when a tool throws. */ readonly errorRules?: readonly ErrorRule[];
  /** Decisions kept in memory. @default 10_000 */ readonly decisionsInMemory?: number;
  /**
   * False: decisions are not written into `state`. For a store that lives no longer than the process and would keep them
   * all. @default true
   */
  readonly storesDecisions?: boolean;
}

import type { ZodType } from 'zod';
import type { Json } from '@master-orchestrator/errors';
import type { RecoveryOverrides } from './agent.js';
import type { Logger } from './logger.js';

/** What a tool is about; for listing and for rules over many tools. */
export const TOOL_CATEGORIES = [
  'file_operations',
  'data_processing',
  'web_services',
  'analysis',
  'reporting',
  'communication',
  'system',
  'custom',
] as const;

/** One of {@link TOOL_CATEGORIES}. */
export type ToolCategory = (typeof TOOL_CATEGORIES)[number];

/** `public`: any agent. `restricted`: needs a grant. `privileged`: needs a grant and a person's approval. */
export const TOOL_ACCESS_LEVELS = ['public', 'restricted', 'privileged'] as const;

/** One of {@link TOOL_ACCESS_LEVELS}. */
export type ToolAccessLevel = (typeof TOOL_ACCESS_LEVELS)[number];

/**
 * What a second execution would do. `pure`: reads nothing that changes and writes nothing. `idempotent`: repeating has
 * no further effect. `keyed`: safe to repeat with the same idempotency key. `unsafe`: every execution counts.
 */
export const EFFECTS = ['pure', 'idempotent', 'keyed', 'unsafe'] as const;

/** One of {@link EFFECTS}. */
export type Effect = (typeof EFFECTS)[number];

/** Limits of one tool, over all agents unless said otherwise. */
export interface ToolLimits {
  /** One execution, in milliseconds. @default 30_000 */ readonly timeoutMs?: number;
  /** Executions a minute. @default no limit */ readonly perMinute?: number;
  /** Executions at once. @default 10 */ readonly concurrent?: number;
  /** Executions in one run of an agent. @default no limit */ readonly callsPerRun?: number;
}

/** Options of {@link ToolFetch} beyond those of `fetch`. */
export interface ToolFetchPolicy {
  /** Hosts (`example.com`, `*.example.com`, `127.0.0.1:8080`) that may be reached. @default any public host */
  readonly allowedHosts?: readonly string[];
  /** Hosts that may be reached although their address is not public. @default none */
  readonly allowPrivateHosts?: readonly string[];
  /** Bytes of a body, decoded. @default 10 MiB */ readonly maxBytes?: number;
  /** Each redirect is checked as a new request. @default 5 */ readonly maxRedirects?: number;
  /** Whole request with its body, in milliseconds. @default 30_000 */ readonly timeoutMs?: number;
}

/**
 * `fetch` under the host's guard: only granted hosts, never a private address unless allowed, checked inside the
 * connection and again on each redirect, bounded in size and time.
 */
export type ToolFetch = (
  url: string | URL,
  init?: RequestInit & { readonly policy?: ToolFetchPolicy },
) => Promise<Response>;

/** What `list` tells of one entry. */
export interface FileEntry {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'link' | 'other';
  /** Bytes; files only. */ readonly size?: number;
  readonly modifiedAt?: number;
}

/** Files below one folder. No path, link or race leads out of it. Paths are relative to the folder, with `/`. */
export interface RootedFiles {
  /** @throws RESPONSE_TOO_LARGE when the file has more than `maxBytes` (default 10 MiB). */
  read(path: string, options?: { readonly maxBytes?: number; readonly signal?: AbortSignal }): Promise<Uint8Array>;
  /** Writes atomically: readers see the old content or the new. Creates missing folders when `createFolders`. */
  write(
    path: string,
    content: Uint8Array | string,
    options?: { readonly overwrite?: boolean; readonly createFolders?: boolean; readonly signal?: AbortSignal },
  ): Promise<{ readonly path: string; readonly bytes: number }>;
  /** Entries of a folder, sorted by name. */
  list(path: string, options?: { readonly maxEntries?: number }): Promise<readonly FileEntry[]>;
  /** Facts about one entry, or `undefined` where there is none. */ stat(path: string): Promise<FileEntry | undefined>;
}

/** The way to files: only folders that the operator granted to the plugin. */
export interface ToolFiles {
  /**
   * Files below `root` (absolute, or relative to the process's folder).
   *
   * @param options - `create` makes the folder where it is missing.
   */
  within(root: string, options?: { readonly create?: boolean }): RootedFiles;
}

/** All that a running tool can reach. */
export interface ToolContext<UserContext = unknown> {
  /** Aborted on cancel, deadline, time limit and shutdown. Honour it: a tool that goes on keeps its slot. */
  readonly signal: AbortSignal;
  readonly agent: { readonly id: string; readonly name: string };
  readonly taskId: string;
  readonly runId: string;
  readonly callId: string;
  /** The same in every attempt and delivery of this call: `<taskId>:<stepKey>`. */ readonly idempotencyKey: string;
  readonly logger: Logger;
  readonly fetch: ToolFetch;
  readonly files: ToolFiles;
  /** Environment variables that the operator granted by name. */ readonly env: Readonly<Record<string, string>>;
  /**
   * What the task was given for its tools and hooks (who the user is, which tenant), as the tool's `userContextSchema`
   * reads it; `undefined` where it was given nothing. Frozen; the model never sees it.
   */
  readonly userContext: UserContext;
  /** Reports progress; becomes a `tool-call-progress` event. Never blocks. */ progress(update: Json): void;
}

/** A function that agents may call, under control. */
export interface Tool<Input = unknown, Output = unknown, UserContext = unknown> {
  /** `^[a-zA-Z0-9_-]{1,64}$`, unique within one orchestrator. */ readonly name: string;
  /** What it does, for the model. */ readonly description: string;
  readonly category: ToolCategory;
  readonly accessLevel: ToolAccessLevel;
  /** What a repeat would do; a function where it depends on the input. */
  readonly effect: Effect | ((input: Input) => Effect);
  /** Checks the arguments; the root must be an object. */ readonly inputSchema: ZodType<Input>;
  /** Checks the result before the model sees it. */ readonly outputSchema?: ZodType<Output>;
  /**
   * The user context it needs: where that of the run does not fit, its calls are refused before it runs. Without it
   * `context.userContext` is `unknown`.
   */
  readonly userContextSchema?: ZodType<UserContext>;
  readonly limits?: ToolLimits;
  /** Keeps results of equal inputs; pure tools only. */ readonly cache?: { readonly ttlMs: number };
  /** True, or true for these inputs: a person must approve before it runs. @default false */
  readonly approval?: boolean | ((input: Input, context: Pick<ToolContext, 'agent' | 'taskId' | 'runId'>) => boolean);
  /** Version shown in listings. */ readonly version?: string;
  /** Other tools that can stand in when this one fails, best first; they get the same arguments. */
  readonly fallbacks?: readonly string[];
  /** Result the model gets, with a note, where neither this tool nor one of `fallbacks` can answer. Plain JSON. */
  readonly fallbackResult?: Json;
  /** Recovery plans of calls of this tool, by category or code; they go before those of the agent. */
  readonly recovery?: RecoveryOverrides;
  execute(input: Input, context: ToolContext<UserContext>): Promise<Output>;
}

/** A tool of any input, as lists hold them. */
export type AnyTool = Omit<Tool<never>, 'inputSchema' | 'outputSchema'> & {
  readonly inputSchema: ZodType;
  readonly outputSchema?: ZodType;
};

/** How a tool call ended. `unknown`: it was running in a crash and may have had its effect. */
export type ToolOutcome = 'ok' | 'error' | 'cancelled' | 'unknown';

import type { ToolContext } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';

/** What of a call's context goes to the other process as data. */
export type CallFacts = Pick<
  ToolContext,
  'agent' | 'taskId' | 'runId' | 'callId' | 'idempotencyKey' | 'env' | 'userContext'
>;

/** A request as it goes over the channel. */
export interface FetchOrder {
  readonly url: string;
  readonly method?: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
}

/** An answer as it goes over the channel; the body in base64. */
export interface FetchAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** What the host says to the process of a plugin. */
export type ToIsolated =
  | { readonly type: 'make'; readonly module: string; readonly factory: string; readonly options: Json }
  | {
      readonly type: 'call';
      readonly id: number;
      readonly tool: string;
      readonly input: unknown;
      readonly facts: CallFacts;
    }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'fetched'; readonly fetchId: number; readonly answer?: FetchAnswer; readonly problem?: string };

/** A tool as its process describes it. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly accessLevel: string;
  /** A function counts as `unsafe`. */ readonly effect: string;
  /** A function counts as yes. */ readonly approval: boolean;
  /** JSON Schema of the input. */ readonly inputSchema: Readonly<Record<string, unknown>>;
  /** JSON Schema of the user context it needs. */ readonly userContextSchema?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, number>>;
}

/** What the process of a plugin says to the host. */
export type FromIsolated =
  | {
      readonly type: 'made';
      readonly name: string;
      readonly version: string;
      /** What it brings beside tools. */ readonly others: readonly string[];
      readonly tools: readonly ToolDescription[];
    }
  | { readonly type: 'unfit'; readonly problem: string }
  | { readonly type: 'result'; readonly id: number; readonly output: unknown }
  | { readonly type: 'problem'; readonly id: number; readonly problem: string }
  | { readonly type: 'progress'; readonly id: number; readonly update: Json }
  | { readonly type: 'fetch'; readonly id: number; readonly fetchId: number; readonly order: FetchOrder };

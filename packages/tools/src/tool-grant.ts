import type { EpochMs, ToolCategory } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';

/** Who a grant is for. */
export type GrantSubject = { readonly agent: string } | { readonly role: string } | { readonly team: string };

/**
 * A rule about one argument. `field` is a path such as `to`, `options.mode` or `urls.*`, where `*` stands for every
 * element. All that is given must hold. A field that is absent breaks the rule unless `optional` is true.
 */
export interface ArgumentRule {
  readonly field: string;
  /** One of these values. */ readonly oneOf?: readonly Json[];
  /** A regular expression that the whole text must match; texts over 10,000 characters never do. */ readonly pattern?: string;
  /** Lowest number. */ readonly min?: number;
  /** Highest number, or most characters of a text or elements of a list. */ readonly max?: number;
  /** @default false */ readonly optional?: boolean;
}

/** What narrows a grant. */
export interface GrantConstraints {
  /** Hosts the tool may reach by `context.fetch`, in the form of `ToolFetchPolicy.allowedHosts`. */
  readonly allowedHosts?: readonly string[];
  /** Folders the tool may reach by `context.files`. */ readonly roots?: readonly string[];
  /** Rules about the arguments. */ readonly arguments?: readonly ArgumentRule[];
}

/** What to grant: one tool, or every tool of a category. */
export type GrantRequest = ({ readonly tool: string } | { readonly category: ToolCategory }) & {
  readonly to: GrantSubject;
  /** The grant ends at this moment. @default never */ readonly expiresAt?: EpochMs;
  readonly constraints?: GrantConstraints;
  /** Who grants. An agent can only hand on what it holds itself, and never to itself. */ readonly by?: string;
};

/** A grant as it is kept. */
export interface GrantRecord {
  readonly id: string;
  readonly tool?: string;
  readonly category?: ToolCategory;
  readonly to: GrantSubject;
  readonly expiresAt?: EpochMs;
  readonly constraints?: GrantConstraints;
  readonly by?: string;
  readonly grantedAt: EpochMs;
}

/** An agent as the registry knows it. */
export interface ToolAgent {
  readonly id: string;
  readonly name: string;
  readonly role?: string;
  readonly team?: string;
  /** Tools its definition names: each is granted to it. */ readonly tools: readonly string[];
  /** Agent that made it: it never gets more than this one. */ readonly parent?: string;
}

/** One decision of the registry. The log is append-only. */
export interface ToolDecision {
  readonly at: EpochMs;
  readonly decision: 'allow' | 'deny';
  readonly agentId: string;
  readonly tool: string;
  /** Why: the way the access came, or what was missing. */ readonly reason: string;
  /** With `deny`: the error code. */ readonly code?: string;
  readonly grantId?: string;
  readonly taskId?: string;
  readonly runId?: string;
  readonly callId?: string;
  /** Who approved, where somebody did. */ readonly approvedBy?: string;
}

import type { AnyTool, Effect } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import type { ReadyCall } from '../tool-call.js';
import type { GrantConstraints } from '../tool-grant.js';
import type { Access } from './access-control.js';
import { canonicalJson, sha256 } from './canonical-json.js';
import type { ToolEntry } from './tool-entry.js';

/** What a {@link ReadyToolCall} is made of. */
export interface ReadyParts {
  readonly entry: ToolEntry;
  readonly input: unknown;
  readonly arguments: { readonly [key: string]: Json };
  readonly effect: Effect;
  /** Constraints of the grants that the call rests on, one per level of agents that has any. */
  readonly constraints: readonly GrantConstraints[];
  /** What the call was allowed by; a later look-up gives the same object unless something changed. */ readonly access: Access;
  readonly agentId: string;
  /** The user context of the task. */ readonly givenContext: Json | undefined;
  /** The same as the tool's schema reads it. */ readonly userContext: unknown;
}

/** A call that passed every check; only the registry makes one. */
export class ReadyToolCall implements ReadyCall {
  readonly kind = 'ready';
  readonly entry: ToolEntry;
  readonly tool: AnyTool;
  readonly input: unknown;
  readonly arguments: { readonly [key: string]: Json };
  readonly effect: Effect;
  access: Access;
  constraints: readonly GrantConstraints[];
  readonly agentId: string;
  readonly givenContext: Json | undefined;
  readonly userContext: unknown;
  approval?: { readonly reason: string };
  repair?: string;
  #canonical: string | undefined;
  #hash: string | undefined;

  constructor(parts: ReadyParts) {
    this.entry = parts.entry;
    this.tool = parts.entry.tool;
    this.input = parts.input;
    this.arguments = parts.arguments;
    this.effect = parts.effect;
    this.constraints = parts.constraints;
    this.access = parts.access;
    this.agentId = parts.agentId;
    this.givenContext = parts.givenContext;
    this.userContext = parts.userContext;
  }

  get canonicalArguments(): string {
    return (this.#canonical ??= canonicalJson(this.arguments));
  }

  /** Key of the result in the tool's cache: what one user was answered is not for another. */
  get cacheKey(): string {
    if (this.givenContext === undefined) return this.canonicalArguments;
    return `${this.canonicalArguments} ${hashOf(this.givenContext)}`;
  }

  get argumentsHash(): string {
    return (this.#hash ??= sha256(this.canonicalArguments));
  }

  /** True where a repeat of this call does no harm. */
  get isReplaySafe(): boolean {
    return this.effect !== 'unsafe';
  }
}

const hashes = new WeakMap<object, string>();

function hashOf(userContext: Json): string {
  if (typeof userContext !== 'object' || userContext === null) return sha256(canonicalJson(userContext));
  const hash = hashes.get(userContext) ?? sha256(canonicalJson(userContext));
  hashes.set(userContext, hash);
  return hash;
}

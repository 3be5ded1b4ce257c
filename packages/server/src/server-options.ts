import type { LoadedConfig, OrchestratorConfigInput } from '@master-orchestrator/config';
import type { Logger } from '@master-orchestrator/contracts';
import type { Clock } from '@master-orchestrator/errors';
import type { FastifyInstance } from 'fastify';
import type { RandomBytes } from './auth/api-key-text.js';
import type { FreeBytes } from './health-reader.js';

/** A template as the API lists it. */
export interface ListedTemplate {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly kind: 'agent' | 'team';
  /** JSON Schema of its parameters. */ readonly parameters: Readonly<Record<string, unknown>>;
  readonly plugin?: string;
}

/** Where templates come from; an `AgentFactory` is one. */
export interface TemplateSource {
  listTemplates(): readonly ListedTemplate[];
  /** Makes an agent; returns its id. */ createAgent(templateName: string, parameters?: unknown): Promise<string>;
  /** Makes the agents of a team. */ createTeam(
    templateName: string,
    parameters?: unknown,
  ): Promise<{
    readonly teamName: string;
    readonly leadId: string;
    readonly members: Readonly<Record<string, string>>;
  }>;
}

/** What `createServer` takes beside the orchestrator. */
export interface ServerOptions {
  /** Settings in code, or what `loadConfig` of the config package gave; the section `server` counts. @default the defaults */
  readonly config?: OrchestratorConfigInput | LoadedConfig;
  /** Templates that callers may make agents and teams from, such as an `AgentFactory`. @default none */
  readonly templates?: TemplateSource;
  /** A pino logger, or anything with its four methods. @default none */ readonly logger?: Logger;
  /** True: every write is refused. @default false */ readonly readOnly?: boolean;
  /** Requests answered at once; further ones get 503. @default 1_000 */ readonly maxRequests?: number;
  /** Event streams open at once; further ones get 503. @default 256 */ readonly maxStreams?: number;
  /** Time between two signs of life on a quiet stream, in milliseconds. @default 15_000 */ readonly keepAliveMs?: number;
  /** How long an answer is kept for its `Idempotency-Key`, in milliseconds. @default 86_400_000 */
  readonly idempotencyMs?: number;
  /** How long events are kept where the engine is durable, in milliseconds. @default 86_400_000 */
  readonly eventsMs?: number;
  /** How long a health report counts before it is made anew, in milliseconds. @default 1_000 */ readonly healthMs?: number;
  /** Bytes that the disk of a folder has left; readiness ends below 64 MiB. @default node:fs */ readonly freeBytes?: FreeBytes;
  /** Adds routes of your own, behind the same guards. A route is public only where its `config.scope` says so. */
  readonly extend?: (app: FastifyInstance) => void | Promise<void>;
  /** @default the system clock */ readonly clock?: Clock;
  /** Unguessable bytes for keys and ids. @default node:crypto */ readonly randomBytes?: RandomBytes;
}

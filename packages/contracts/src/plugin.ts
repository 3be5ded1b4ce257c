import type { ErrorRule, RecoveryStrategy } from '@master-orchestrator/errors';
import type { Observable, Subscription } from 'rxjs';
import type { EngineContribution } from './engine.js';
import type { OrchestratorEvent } from './events.js';
import type { Logger } from './logger.js';
import type { ModelProvider } from './model.js';
import type { SessionStore } from './session.js';
import type { AnyTeamTemplate, AnyTemplate } from './template.js';
import type { AnyTool } from './tool.js';

/** What a plugin may ask for. Shown to the operator; mediated by the host through the tool context. */
export type Permission = 'net' | 'fs:read' | 'fs:write' | 'process' | `env:${string}`;

/** Price of a model, in US dollars per million tokens. */
export interface ModelPrice {
  readonly inputPerMillion: number;
  /** Input that came from the provider's cache. @default inputPerMillion */ readonly cachedInputPerMillion?: number;
  /** Output, reasoning included. */ readonly outputPerMillion: number;
}

/** Prices of models, as data. */
export interface PriceTable {
  readonly name: string;
  /** Day the prices were read, `YYYY-MM-DD`. */ readonly asOf: string;
  /** By `<provider>:<model>` or model name; a trailing `*` stands for any ending. Longest match wins. */
  readonly prices: Readonly<Record<string, ModelPrice>>;
}

/** Receives every event, for example to alert somebody. A throw or rejection becomes `listener-fail`. */
export interface EventSink {
  readonly name: string;
  handle(event: OrchestratorEvent): void | Promise<void>;
  /** Delivers what is buffered; called on shutdown. */ flush?(): Promise<void>;
}

/** Text for a metrics endpoint. */
export interface MetricsContribution {
  readonly name: string;
  readonly contentType: string;
  render(): Promise<string> | string;
}

/** What a health check found. */
export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly message?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Tells whether something the orchestrator needs is well. */
export interface HealthCheck {
  readonly name: string;
  /** True: `down` makes the whole orchestrator not ready. @default false */ readonly isCritical?: boolean;
  check(signal: AbortSignal): Promise<HealthReport>;
}

/** A store for conversations, by name. */
export interface SessionStoreContribution {
  readonly name: string;
  create(): Promise<SessionStore> | SessionStore;
}

/** The closed table of what a plugin can add. A new row is a minor release of this package. */
export interface Contributions {
  /** A repeated name is an error. */ readonly tools?: readonly AnyTool[];
  /** A repeated name is an error. */ readonly templates?: readonly AnyTemplate[];
  /** A repeated name is an error. */ readonly teamTemplates?: readonly AnyTeamTemplate[];
  /** A repeated name is an error, except that a standard strategy may be replaced once. Asked only where a plan names it. */
  readonly recoveryStrategies?: readonly RecoveryStrategy[];
  /** Asked before the built-in rules, in order of registration; the first match wins. */
  readonly errorRules?: readonly ErrorRule[];
  /** A repeated name is an error. */ readonly models?: readonly ModelProvider[];
  /** All count; the table registered last wins for a model that several name. */
  readonly priceTables?: readonly PriceTable[];
  /** A repeated scheme is an error. */ readonly engines?: readonly EngineContribution[];
  /** A repeated name is an error. */ readonly sessionStores?: readonly SessionStoreContribution[];
  /** All run. */ readonly eventSinks?: readonly EventSink[];
  /** All are rendered, one after the other. */ readonly metrics?: readonly MetricsContribution[];
  /** All run. */ readonly healthChecks?: readonly HealthCheck[];
}

/** All that a plugin can reach from `setup`. */
export interface PluginContext {
  readonly logger: Logger;
  readonly events$: Observable<OrchestratorEvent>;
  /** Guarded subscription: a throw becomes a `listener-fail` event of this plugin. */
  listen(name: string, handle: (event: OrchestratorEvent) => void): Subscription;
  /** Aborted when the orchestrator closes. */ readonly signal: AbortSignal;
}

/** What a plugin package's factory returns. A changed meaning becomes PluginV2; V1 is never edited. */
export interface PluginV1 {
  readonly specificationVersion: 'v1';
  /** The npm package name; unique within one orchestrator. */ readonly name: string;
  readonly version: string;
  /** Names of plugins that must be registered before this one. */ readonly dependsOn?: readonly string[];
  /** What it asks for. @default none */ readonly permissions?: readonly Permission[];
  readonly contributes: Contributions;
  /** Opens resources: once, in order of registration, before any run. */ setup?(context: PluginContext): Promise<void>;
  /** Closes what `setup` opened: once, in reverse order, also after a failed start. */ dispose?(): Promise<void>;
}

import type { AnyTool, ModelToolSpec, Permission, ToolLimits } from '@master-orchestrator/contracts';
import type { RegistryLimits } from '../tool-registry-options.js';
import { CallStatistics } from './call-statistics.js';
import { modelToolSpec } from './model-tool-spec.js';
import { RateWindow } from './rate-window.js';
import { ResultCache } from './result-cache.js';
import { Slots } from './slots.js';

/** Where a tool came from and what it may reach. */
export interface ToolOrigin {
  /** Absent for tools that code registered. */ readonly plugin?: string;
  /** What the plugin asked for. */ readonly permissions?: readonly Permission[];
  readonly isBuiltIn?: boolean;
}

/** A registered tool with its limits, counters and cache. */
export class ToolEntry {
  readonly timeoutMs: number;
  readonly callsPerRun: number;
  readonly slots: Slots;
  readonly window: RateWindow | undefined;
  readonly cache: ResultCache | undefined;
  readonly statistics = new CallStatistics();
  #spec: ModelToolSpec | undefined;

  constructor(
    readonly tool: AnyTool,
    readonly origin: ToolOrigin,
    limits: RegistryLimits,
  ) {
    const own = smallerLimits(tool.limits, limits.tools?.[tool.name]);
    this.timeoutMs = own.timeoutMs ?? limits.timeoutMs ?? 30_000;
    this.callsPerRun = own.callsPerRun ?? Number.POSITIVE_INFINITY;
    this.slots = new Slots(
      `Tool "${tool.name}"`,
      own.concurrent ?? limits.concurrent ?? 10,
      limits.maxWaiting ?? 10_000,
    );
    this.window = own.perMinute === undefined ? undefined : new RateWindow(own.perMinute);
    this.cache = tool.cache === undefined || tool.effect !== 'pure' ? undefined : new ResultCache(tool.cache.ttlMs);
  }

  /** The tool as a model sees it; converted on first use. @throws OrchestratorError TOOL_INVALID */
  get spec(): ModelToolSpec {
    return (this.#spec ??= modelToolSpec(this.tool));
  }

  /** The limits that hold. */
  get limits(): ToolLimits {
    return {
      timeoutMs: this.timeoutMs,
      concurrent: this.slots.limit,
      ...(this.window === undefined ? {} : { perMinute: this.window.limit }),
      ...(this.callsPerRun === Number.POSITIVE_INFINITY ? {} : { callsPerRun: this.callsPerRun }),
    };
  }
}

function smallerLimits(one: ToolLimits = {}, other: ToolLimits = {}): { -readonly [Key in keyof ToolLimits]: number } {
  const smaller: { -readonly [Key in keyof ToolLimits]: number } = {};
  for (const key of ['timeoutMs', 'perMinute', 'concurrent', 'callsPerRun'] as const) {
    const value = Math.min(one[key] ?? Number.POSITIVE_INFINITY, other[key] ?? Number.POSITIVE_INFINITY);
    if (value !== Number.POSITIVE_INFINITY) smaller[key] = value;
  }
  return smaller;
}

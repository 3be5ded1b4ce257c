import type { ToolOutcome } from '@master-orchestrator/contracts';
import { LatencyHistogram } from './latency-histogram.js';

/** Numbers about the calls of one tool, or of all, since the registry was made. */
export interface ToolStatistics {
  /** Absent in the sum over all tools. */ readonly tool?: string;
  /** Calls that were prepared; refused ones included. */ readonly calls: number;
  /** Calls that were refused before or instead of running. */ readonly refused: number;
  /** Calls that ended with outcome `error`. */ readonly failures: number;
  readonly timeouts: number;
  readonly fromCache: number;
  readonly byOutcome: Readonly<Record<ToolOutcome, number>>;
  /** Bytes of all outputs as JSON. */ readonly bytes: number;
  /** Half of the executions took at most this, in milliseconds; at most 9 % above the true value. */ readonly p50Ms: number;
  /** 19 of 20 executions took at most this. */ readonly p95Ms: number;
  /** Executions under way. */ readonly running: number;
  /** Calls that wait for a slot. */ readonly waiting: number;
  /** Executions that ignore their abort and still hold their slot. */ readonly stuck: number;
}

/** Counts the calls of one tool. */
export class CallStatistics {
  readonly latency = new LatencyHistogram();
  calls = 0;
  refused = 0;
  timeouts = 0;
  fromCache = 0;
  bytes = 0;
  running = 0;
  stuck = 0;
  ok = 0;
  error = 0;
  cancelled = 0;
  unknown = 0;

  read(waiting: number, tool?: string): ToolStatistics {
    return {
      ...(tool === undefined ? {} : { tool }),
      calls: this.calls,
      refused: this.refused,
      failures: this.error,
      timeouts: this.timeouts,
      fromCache: this.fromCache,
      byOutcome: { ok: this.ok, error: this.error, cancelled: this.cancelled, unknown: this.unknown },
      bytes: this.bytes,
      p50Ms: this.latency.percentile(0.5),
      p95Ms: this.latency.percentile(0.95),
      running: this.running,
      waiting,
      stuck: this.stuck,
    };
  }
}

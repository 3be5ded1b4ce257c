import { hash } from 'node:crypto';
import type { IdGenerator } from '@opentelemetry/sdk-trace-base';

/** Ids of a span, in hexadecimal digits. */
export interface SpanIdPair {
  readonly traceId: string;
  readonly spanId: string;
}

/**
 * Ids that follow from ids of tasks: nothing is left to chance, and a process that goes on with a task, or works on the
 * child of a task of another process, finds the same trace without being told.
 */
export class SpanIds implements IdGenerator {
  #next: SpanIdPair = { traceId: '', spanId: '' };

  /** Sets the ids of the span that is made next. */
  prepare(ids: SpanIdPair): void {
    this.#next = ids;
  }

  readonly generateTraceId = (): string => this.#next.traceId;
  readonly generateSpanId = (): string => this.#next.spanId;
}

/** The trace of a task. Ids of delegated tasks begin with that of the task they serve and a dot. */
export function traceIdOf(taskId: string): string {
  const [root = taskId] = taskId.split('.');
  return digits(`trace ${root}`, 32);
}

/**
 * The span of a task's first run, or of something else in it.
 *
 * @param key - Tells the spans of one task apart, over restarts too
 */
export function spanIdOf(taskId: string, key?: string): string {
  return digits(key === undefined ? `span ${taskId}` : `span ${taskId} ${key}`, 16);
}

function digits(text: string, length: number): string {
  return hash('sha256', text).slice(0, length);
}

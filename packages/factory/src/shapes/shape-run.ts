import { optional, type ModelUsage } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { CancelledError, classify, type SerializedError } from '@master-orchestrator/errors';
import { Tally } from '../master/goal.js';

/** Options that every shape takes. */
export interface ShapeOptions {
  /** Cancels every task of the shape. */ readonly signal?: AbortSignal;
  /** Labels of its tasks. */ readonly labels?: Readonly<Record<string, string>>;
  /** Facts for the tools and hooks of its tasks, as `createTask` takes them. */ readonly userContext?: unknown;
  /** Node of the budget ledger that pays for all of them. */ readonly budgetParent?: string;
}

/** One task of a shape with what became of it. */
export interface ShapeStep {
  readonly agentId: string;
  readonly taskId: string;
  readonly status: 'completed' | 'failed';
  /** Answer of a completed step; empty for a failed one. */ readonly text: string;
  readonly output?: unknown;
  readonly error?: SerializedError;
}

/** What a shape gives. */
export interface ShapeResult {
  readonly text: string;
  /** Every task, in the order of the agents or items. */ readonly steps: readonly ShapeStep[];
  readonly usage: ModelUsage;
  /** US dollars; absent where a price is unknown. */ readonly costUsd?: number;
}

/** Runs the tasks of one shape and counts what they use. */
export class ShapeRun {
  readonly #orchestrator: MasterOrchestrator;
  readonly #options: ShapeOptions;
  readonly #tally = new Tally();

  constructor(orchestrator: MasterOrchestrator, options: ShapeOptions) {
    this.#orchestrator = orchestrator;
    this.#options = options;
  }

  /** Runs one task. A failure is a step that says so; only a cancel rejects. @throws OrchestratorError CANCELLED, AGENT_UNKNOWN, USER_CONTEXT_INVALID */
  async step(agentId: string, description: string): Promise<ShapeStep> {
    const { signal, labels, budgetParent, userContext } = this.#options;
    throwIfCancelled(signal);
    const taskId = await this.#orchestrator.createTask({
      description,
      agentId,
      userContext,
      ...optional({ labels, budgetParent }),
    });
    const cancel = (): void =>
      void this.#orchestrator.cancelTask(taskId, 'the shape was cancelled').catch(() => undefined);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const { text, output } = await this.#orchestrator.executeTask(taskId);
      return { agentId, taskId, status: 'completed', text, output };
    } catch (cause) {
      throwIfCancelled(signal, cause);
      return { agentId, taskId, status: 'failed', text: '', error: classify(cause).toJSON() };
    } finally {
      signal?.removeEventListener('abort', cancel);
      const { usage, costUsd } = await this.#orchestrator.getTask(taskId);
      this.#tally.add(usage, costUsd);
    }
  }

  /** The result of the shape. */
  result(text: string, steps: readonly ShapeStep[]): ShapeResult {
    const { usage, costUsd } = this.#tally;
    return { text, steps, usage, ...optional({ costUsd }) };
  }
}

function throwIfCancelled(signal: AbortSignal | undefined, cause?: unknown): void {
  if (signal?.aborted === true) throw CancelledError.fromSignal(signal, cause);
}

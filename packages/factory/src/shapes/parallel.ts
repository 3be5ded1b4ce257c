import type { MasterOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { ShapeRun, type ShapeOptions, type ShapeResult, type ShapeStep } from './shape-run.js';

/** Makes one answer of several: an agent that gets all of them, or a function. */
export type Aggregate = string | ((steps: readonly ShapeStep[]) => string | Promise<string>);

/** What {@link runParallel} takes. */
export interface ParallelOptions extends ShapeOptions {
  /** All get the same task at the same time. */ readonly agents: readonly string[];
  readonly task: string;
  /** How the answers become one. @default all answers under each other */ readonly aggregate?: Aggregate;
  /** Answers needed at least; with fewer it fails. @default all */ readonly quorum?: number;
}

/**
 * Parallel with aggregation: several agents at once on one task, one answer of all. Those that succeed count also where
 * others fail, as long as the quorum is met.
 *
 * @throws OrchestratorError the first failure where fewer than `quorum` agents answered; CANCELLED; TASK_INVALID
 */
export async function runParallel(orchestrator: MasterOrchestrator, options: ParallelOptions): Promise<ShapeResult> {
  const { agents, task, aggregate, quorum = agents.length } = options;
  if (agents.length === 0 || quorum > agents.length || quorum < 1) {
    throw new OrchestratorError('TASK_INVALID', `A quorum of ${quorum} cannot be met by ${agents.length} agents.`);
  }
  const run = new ShapeRun(orchestrator, options);
  const steps = await Promise.all(agents.map((agentId) => run.step(agentId, task)));
  checkQuorum(steps, quorum);
  return aggregateSteps(run, task, steps, aggregate);
}

/** @throws OrchestratorError the first failure where fewer than `quorum` steps completed */
export function checkQuorum(steps: readonly ShapeStep[], quorum: number): void {
  const answered = steps.filter(({ status }) => status === 'completed').length;
  const failed = steps.find(({ error }) => error !== undefined);
  if (answered < quorum && failed?.error !== undefined) throw OrchestratorError.fromJSON(failed.error);
}

/** Makes the one answer, by an agent or a function. */
export async function aggregateSteps(
  run: ShapeRun,
  task: string,
  steps: readonly ShapeStep[],
  aggregate: Aggregate | undefined,
): Promise<ShapeResult> {
  const answers = steps.filter(({ status }) => status === 'completed');
  const listed = answers.map(({ text }, index) => `## Answer ${index + 1}\n${text}`).join('\n\n');
  if (aggregate === undefined) return run.result(listed, steps);
  if (typeof aggregate === 'function') return run.result(await aggregate(steps), steps);
  const last = await run.step(aggregate, `${task}\n\n# Answers to bring together\n${listed}`);
  if (last.error !== undefined) throw OrchestratorError.fromJSON(last.error);
  return run.result(last.text, [...steps, last]);
}

import type { MasterOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { ShapeRun, type ShapeOptions, type ShapeResult, type ShapeStep } from './shape-run.js';

/** What {@link runPipeline} takes. */
export interface PipelineOptions extends ShapeOptions {
  /** Agents in order; each gets the task and the answer of the one before. */ readonly agents: readonly string[];
  readonly task: string;
  /** An agent fails: `stop` the pipeline with its error, or `skip` it and go on with the answer before. @default 'stop' */
  readonly onFailure?: 'stop' | 'skip';
}

/**
 * Sequential pipeline: one agent after the other, each building on the answer before. The result is the last answer.
 *
 * @throws OrchestratorError the error of the first agent that failed, with `onFailure: 'stop'`; CANCELLED; TASK_INVALID
 */
export async function runPipeline(orchestrator: MasterOrchestrator, options: PipelineOptions): Promise<ShapeResult> {
  const { agents, task, onFailure = 'stop' } = options;
  if (agents.length === 0) throw new OrchestratorError('TASK_INVALID', 'A pipeline needs at least one agent.');
  const run = new ShapeRun(orchestrator, options);
  const steps: ShapeStep[] = [];
  let text = '';
  for (const agentId of agents) {
    const step = await run.step(agentId, text === '' ? task : `${task}\n\n# Answer of the step before\n${text}`);
    steps.push(step);
    if (step.error === undefined) text = step.text;
    else if (onFailure === 'stop') throw OrchestratorError.fromJSON(step.error);
  }
  return run.result(text, steps);
}

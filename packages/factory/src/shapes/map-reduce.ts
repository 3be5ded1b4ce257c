import type { MasterOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { aggregateSteps, checkQuorum, type Aggregate } from './parallel.js';
import { ShapeRun, type ShapeOptions, type ShapeResult, type ShapeStep } from './shape-run.js';

/** What {@link runMapReduce} takes. */
export interface MapReduceOptions<Item> extends ShapeOptions {
  readonly items: readonly Item[];
  /** Agent that works on each item. */ readonly agent: string;
  /** The task for one item. */ readonly describe: (item: Item, index: number) => string;
  /** How the answers become one. @default all answers under each other */ readonly reduce?: Aggregate;
  /** What the reducing agent is told to do with the answers. @default 'Bring these answers together.' */ readonly reduceTask?: string;
  /** Items at once. @default 8 */ readonly concurrency?: number;
  /** Items that must succeed. @default all */ readonly quorum?: number;
}

/**
 * Map-reduce over a list: one task per item, so many at once, then one answer of all. The order of the items is kept.
 *
 * @throws OrchestratorError the first failure where fewer than `quorum` items succeeded; CANCELLED; TASK_INVALID
 */
export async function runMapReduce<Item>(
  orchestrator: MasterOrchestrator,
  options: MapReduceOptions<Item>,
): Promise<ShapeResult> {
  const { items, agent, describe, reduce, reduceTask = 'Bring these answers together.', concurrency = 8 } = options;
  if (items.length === 0) throw new OrchestratorError('TASK_INVALID', 'There are no items to work on.');
  const run = new ShapeRun(orchestrator, options);
  const steps: ShapeStep[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      steps[index] = await run.step(agent, describe(items[index] as Item, index));
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, work));
  checkQuorum(steps, options.quorum ?? items.length);
  return aggregateSteps(run, reduceTask, steps, reduce);
}

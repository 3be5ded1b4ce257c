import type { StepPolicy } from '@master-orchestrator/contracts';

/** Input of a task of kind `marked`. */
export interface MarkedInput {
  readonly steps: number;
  /** Length of one body, in milliseconds. */ readonly stepMs: number;
  /** True: every third step must not be repeated unasked. */ readonly hasUnsafe?: boolean;
}

/** Steps of every effect class, in turn. */
export function policyOf(index: number, input: MarkedInput): StepPolicy {
  if (index % 3 === 0) return { repeat: 'harmless' };
  if (index % 3 === 1 || input.hasUnsafe !== true) return { repeat: 'deduplicated-by-key' };
  return { repeat: 'must-ask', isCostly: true };
}

/** What a step of a marked task gives, whoever runs it. */
export function expectedStep(task: string, index: number): number {
  let hash = 7 + index;
  for (const letter of task) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003;
  return hash;
}

/** What a marked task gives when nothing disturbs it. */
export function expectedResult(task: string, steps: number): number {
  let total = 0;
  for (let i = 0; i < steps; i += 1) total += expectedStep(task, i);
  return total;
}

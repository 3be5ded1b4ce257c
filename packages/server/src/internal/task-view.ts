import { optional, type StepView } from '@master-orchestrator/contracts';
import type { CreateTaskOptions, TaskInfo } from '@master-orchestrator/core';
import type { output } from 'zod';
import type { newTaskSchema } from '../schemas/tasks.js';
import { outputSchemaOf } from './output-schema.js';
import { withoutCause } from './without-cause.js';

/** A task as answers show it. */
export function viewOfTask({ error, ...task }: TaskInfo): unknown {
  return error === undefined ? task : { ...task, error: withoutCause(error) };
}

/** A step as answers show it. */
export function viewOfStep({ error, ...step }: StepView): unknown {
  return error === undefined ? step : { ...step, error: withoutCause(error) };
}

/** What core takes, of what came as data. */
export function taskOptionsOf({ outputSchema, ...data }: output<typeof newTaskSchema>): CreateTaskOptions {
  const schema = outputSchema === undefined ? undefined : outputSchemaOf(outputSchema, 'TASK_INVALID');
  return optional({ ...data, outputSchema: schema }) as CreateTaskOptions;
}

/** True for a task that has ended. */
export function hasEnded({ status }: Pick<TaskInfo, 'status'>): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'skipped';
}

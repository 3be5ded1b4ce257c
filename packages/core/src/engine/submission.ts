import type { TaskSpec, Writable } from '@master-orchestrator/contracts';
import { taskInvalid } from './engine-errors.js';
import { copyJson } from './json-value.js';

const LONGEST_NAME = 512;
/** NUL, and half of a surrogate pair: stores cut or change them. */
const NOT_STORABLE = /\0|\p{Surrogate}/u;
const LOWEST_PRIORITY = 0;
const HIGHEST_PRIORITY = 9;

/**
 * Checks one spec and takes a copy, so that a later change by the caller changes nothing.
 *
 * @throws OrchestratorError TASK_INVALID, VALUE_TOO_LARGE
 */
export function checkedSpec(spec: TaskSpec, maxValueBytes: number): TaskSpec {
  const name = `Task ${JSON.stringify(spec.id)}`;
  for (const field of ['id', 'kind', 'lane'] as const) checkName(name, field, spec[field]);
  if (spec.uniqueKey !== undefined) checkName(name, 'uniqueKey', spec.uniqueKey);
  const { priority, revision, deliveryTimeoutMs } = spec;
  if (
    priority !== undefined &&
    !(Number.isInteger(priority) && priority >= LOWEST_PRIORITY && priority <= HIGHEST_PRIORITY)
  ) {
    throw taskInvalid(
      `${name}: priority must be a whole number from 0 to 9, 9 most urgent, but is ${String(priority)}.`,
    );
  }
  if (!Number.isInteger(revision))
    throw taskInvalid(`${name}: revision must be a whole number, but is ${String(revision)}.`);
  for (const field of ['notBefore', 'deadline'] as const) {
    const at = spec[field];
    if (at !== undefined && !Number.isFinite(at))
      throw taskInvalid(`${name}: ${field} must be milliseconds since 1970, but is ${String(at)}.`);
  }
  if (deliveryTimeoutMs !== undefined && !(deliveryTimeoutMs > 0)) {
    throw taskInvalid(`${name}: deliveryTimeoutMs must be above 0, but is ${String(deliveryTimeoutMs)}.`);
  }
  const copy: Writable<TaskSpec> = { ...spec };
  copy.input = copyJson(spec.input, `${name}: input`, maxValueBytes);
  if (spec.after !== undefined) copy.after = copiesOf(spec.after);
  if (spec.labels !== undefined) copy.labels = { ...spec.labels };
  return copy;
}

function copiesOf<T extends object>(list: readonly T[]): T[] {
  const copies: T[] = [];
  for (const item of list) copies.push({ ...item });
  return copies;
}

/**
 * Refuses dependencies that go round in a circle, or that nobody knows. Known tasks cannot depend on new ones, so only
 * the batch needs a look.
 *
 * @throws OrchestratorError TASK_INVALID, naming the tasks of the circle.
 */
export function checkDependencies(batch: ReadonlyMap<string, TaskSpec>, isKnown: (id: string) => boolean): void {
  const done = new Set<string>();
  for (const [start, { after = [] }] of batch) {
    if (after.length === 0) continue;
    const path: string[] = [];
    const onPath = new Set<string>();
    const stack: { id: string; isLeaving: boolean }[] = [{ id: start, isLeaving: false }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (next.isLeaving) {
        path.pop();
        onPath.delete(next.id);
        done.add(next.id);
        continue;
      }
      if (onPath.has(next.id)) throw cycle([...path.slice(path.indexOf(next.id)), next.id]);
      const spec = batch.get(next.id);
      if (done.has(next.id) || spec === undefined || isKnown(next.id)) continue;
      path.push(next.id);
      onPath.add(next.id);
      stack.push({ id: next.id, isLeaving: true });
      for (const { task } of spec.after ?? []) {
        if (!batch.has(task) && !isKnown(task)) throw unknownDependency(next.id, task);
        stack.push({ id: task, isLeaving: false });
      }
    }
  }
}

function cycle(path: readonly string[]): Error {
  const shown = path.map((id) => `"${id}"`).join(' -> ');
  return taskInvalid(`Tasks wait for each other in a circle: ${shown}. Remove one of these dependencies.`);
}

function unknownDependency(id: string, dependency: string): Error {
  return taskInvalid(
    `Task "${id}" is to run after "${dependency}", which is unknown: submit it first or in the same batch; a task that ended long ago may have been removed.`,
  );
}

function checkName(name: string, field: string, value: unknown): void {
  const isText = typeof value === 'string' && value.length > 0 && value.length <= LONGEST_NAME;
  if (isText && !NOT_STORABLE.test(value)) return;
  throw taskInvalid(`${name}: ${field} must be a text of 1 to ${LONGEST_NAME} characters without NUL.`);
}

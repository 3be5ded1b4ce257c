import type { TaskSpec } from '@master-orchestrator/contracts';
import { taskInvalid } from '../engine-errors.js';
import { jsonText } from '../json-value.js';

const LONGEST_NAME = 512;
const LOWEST_PRIORITY = 0;
const HIGHEST_PRIORITY = 9;
const DEFAULT_PRIORITY = 5;
/** PostgreSQL keeps no NUL in a text, and half a surrogate pair is no character. */
const UNSTORABLE = /\0|\p{Surrogate}/u;
const UNSTORABLE_ALL = new RegExp(UNSTORABLE, 'gu');

/** Specs as the function `submit` takes them. Free JSON travels as text, for `jsonb` refuses `\u0000`. */
export interface Submission {
  readonly specs: string;
  readonly inputs: readonly string[];
  readonly labels: readonly (string | null)[];
}

/**
 * Checks a batch and writes it down, so that a later change by the caller changes nothing.
 *
 * @throws OrchestratorError TASK_INVALID, VALUE_TOO_LARGE
 */
export function submissionOf(batch: readonly TaskSpec[], maxValueBytes: number): Submission {
  const inputs = batch.map((spec) => checkedInput(spec, maxValueBytes));
  return {
    specs: JSON.stringify(batch.map(plainSpec)),
    inputs,
    labels: batch.map(({ labels }) => (labels === undefined ? null : JSON.stringify(labels))),
  };
}

/** A name that is stored as it is. @throws OrchestratorError TASK_INVALID */
export function checkName(what: string, value: unknown, longest = LONGEST_NAME): void {
  if (typeof value === 'string' && value.length > 0 && value.length <= longest && !UNSTORABLE.test(value)) return;
  throw taskInvalid(`${what} must be a text of 1 to ${longest} characters without NUL or half a surrogate pair.`);
}

/** A text for people, as PostgreSQL can keep it. */
export function storableText(text: string): string {
  return text.replaceAll(UNSTORABLE_ALL, '\u{FFFD}');
}

function checkedInput(spec: TaskSpec, maxValueBytes: number): string {
  const name = `Task ${JSON.stringify(spec.id)}`;
  for (const field of ['id', 'kind', 'lane'] as const) checkName(`${name}: ${field}`, spec[field]);
  if (spec.uniqueKey !== undefined) checkName(`${name}: uniqueKey`, spec.uniqueKey);
  if (spec.parent !== undefined) checkName(`${name}: parent`, spec.parent);
  checkNumbers(name, spec);
  for (const [label, value] of Object.entries(spec.labels ?? {})) {
    checkName(`${name}: a label`, label);
    if (typeof value !== 'string' || UNSTORABLE.test(value)) {
      throw taskInvalid(`${name}: label "${label}" must be a text without NUL or half a surrogate pair.`);
    }
  }
  return jsonText(spec.input, `${name}: input`, maxValueBytes);
}

function checkNumbers(name: string, spec: TaskSpec): void {
  const { priority, revision, deliveryTimeoutMs } = spec;
  if (
    priority !== undefined &&
    !(Number.isInteger(priority) && priority >= LOWEST_PRIORITY && priority <= HIGHEST_PRIORITY)
  ) {
    throw taskInvalid(
      `${name}: priority must be a whole number from 0 to 9, 9 most urgent, but is ${String(priority)}.`,
    );
  }
  if (!Number.isSafeInteger(revision))
    throw taskInvalid(`${name}: revision must be a whole number, but is ${String(revision)}.`);
  for (const field of ['notBefore', 'deadline'] as const) {
    const at = spec[field];
    if (at !== undefined && !Number.isFinite(at))
      throw taskInvalid(`${name}: ${field} must be milliseconds since 1970, but is ${String(at)}.`);
  }
  if (deliveryTimeoutMs !== undefined && !(deliveryTimeoutMs > 0)) {
    throw taskInvalid(`${name}: deliveryTimeoutMs must be above 0, but is ${String(deliveryTimeoutMs)}.`);
  }
}

function plainSpec(spec: TaskSpec): object {
  const { id, kind, revision, lane, priority = DEFAULT_PRIORITY, uniqueKey, parent, after } = spec;
  const [notBefore, deadline, deliveryTimeoutMs] = [spec.notBefore, spec.deadline, spec.deliveryTimeoutMs].map(whole);
  const edges = after?.map(({ task, when }) => ({ task: storableText(task), when }));
  return {
    id,
    kind,
    revision,
    lane,
    priority,
    uniqueKey,
    parent,
    notBefore,
    deadline,
    deliveryTimeoutMs,
    after: edges,
  };
}

function whole(value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(value)));
}

/**
 * Refuses dependencies that go round in a circle. Known tasks cannot depend on new ones, so only the batch needs a look.
 *
 * @throws OrchestratorError TASK_INVALID, naming the tasks of the circle.
 */
export function checkCircles(specs: readonly TaskSpec[], known: ReadonlySet<string> = new Set()): void {
  const batch = new Map(specs.filter((spec) => !known.has(spec.id)).map((spec) => [spec.id, spec]));
  const done = new Set<string>();
  for (const start of batch.keys()) {
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
      if (onPath.has(next.id)) throw circle([...path.slice(path.indexOf(next.id)), next.id]);
      const spec = batch.get(next.id);
      if (done.has(next.id) || spec === undefined) continue;
      path.push(next.id);
      onPath.add(next.id);
      stack.push({ id: next.id, isLeaving: true });
      for (const { task } of spec.after ?? []) stack.push({ id: task, isLeaving: false });
    }
  }
}

function circle(path: readonly string[]): Error {
  const shown = path.map((id) => `"${id}"`).join(' -> ');
  return taskInvalid(`Tasks wait for each other in a circle: ${shown}. Remove one of these dependencies.`);
}

import { assertNever, type Phase, type TaskRun, type TaskSpec } from '@master-orchestrator/contracts';
import { OrchestratorError, type Json, type Random } from '@master-orchestrator/errors';
import { HARMLESS } from './engine-lab.js';
import { setTimeout as delay } from 'node:timers/promises';

/** One thing a random program does. */
export type Op = GoingOp | { readonly op: 'fail' | 'forever' };

/** What a program goes on after. */
type GoingOp =
  | { readonly op: 'step' | 'flaky' | 'parallel' | 'sleep' | 'wait'; readonly value: number }
  | { readonly op: 'children'; readonly programs: readonly (readonly Op[])[]; readonly isJoined: boolean };

/** How each task of a program ends. */
export interface ModelEnd {
  readonly phase: Phase;
  readonly result?: number;
}

/** A program by chance: steps, waits, children, failures, and waits that only a cancel ends. */
export function randomProgram(random: Random, depth = 0): Op[] {
  const length = 1 + Math.floor(random() * 5);
  return Array.from({ length }, () => randomOp(random, depth));
}

function randomOp(random: Random, depth: number): Op {
  const value = Math.floor(random() * 9);
  const chance = random();
  if (chance < 0.3) return { op: 'step', value };
  if (chance < 0.4) return { op: 'flaky', value: value % 3 };
  if (chance < 0.5) return { op: 'parallel', value: 1 + (value % 4) };
  if (chance < 0.6) return { op: 'sleep', value };
  if (chance < 0.7) return { op: 'wait', value };
  if (chance < 0.93 && depth < 3) {
    const programs = Array.from({ length: 1 + (value % 3) }, () => randomProgram(random, depth + 1));
    return { op: 'children', programs, isJoined: random() < 0.7 };
  }
  return chance < 0.97 ? { op: 'fail' } : { op: 'forever' };
}

/** Runs a program on an engine. */
export async function runProgram(run: TaskRun, input: Json): Promise<Json> {
  let total = 0;
  for (const [index, op] of (input as unknown as Op[]).entries()) total += await runOp(run, op, `${index}`);
  return total;
}

async function runOp(run: TaskRun, op: Op, key: string): Promise<number> {
  switch (op.op) {
    case 'step':
      return run.step(key, HARMLESS, async () => (await delay(op.value % 3), op.value));
    case 'flaky':
      return runFlaky(run, op.value, key);
    case 'parallel': {
      const parts = Array.from({ length: op.value }, (_, i) => ({
        key: `${key}.${i}`,
        policy: HARMLESS,
        body: async () => i,
      }));
      return (await run.parallel(parts)).reduce((sum, value) => sum + value, 0);
    }
    case 'sleep':
      await run.sleepUntil(key, (await run.now(`${key} now`)) + op.value);
      return 1;
    case 'wait':
      return (await run.receive(key, 'box', { timeoutMs: op.value })) === undefined ? 2 : 0;
    case 'children':
      return runChildren(run, op.programs, op.isJoined, key);
    case 'fail':
      throw new OrchestratorError('TOOL_FAILED', 'as the program says', { category: 'TOOL_ERROR' });
    case 'forever':
      await run.receive(key, 'never');
      return 0;
    default:
      return assertNever(op);
  }
}

/** Fails as often as `value` says, then gives it. */
async function runFlaky(run: TaskRun, value: number, key: string): Promise<number> {
  let failures = 0;
  const body = async (): Promise<number> => (failures < value ? Promise.reject(new Error('flaky')) : value);
  for (; failures < value; failures += 1) await run.step(key, HARMLESS, body).catch(() => 0);
  return run.step(key, HARMLESS, body);
}

async function runChildren(
  run: TaskRun,
  programs: readonly (readonly Op[])[],
  isJoined: boolean,
  key: string,
): Promise<number> {
  const specs = programs.map((program, i) => programSpec(`${run.id}/${key}.${i}`, program));
  const ids = await run.spawn(`${key} spawn`, specs);
  if (!isJoined) return ids.length;
  const views = await run.join(`${key} join`, ids);
  return views.reduce((sum, view) => sum + (view.phase === 'completed' ? Number(view.result) : -1), 0);
}

/** The task that runs a program. */
export function programSpec(id: string, program: readonly Op[]): TaskSpec {
  return { id, kind: 'program', revision: 1, lane: `lane-${id.length % 3}`, input: program as unknown as Json };
}

/**
 * How every task of a program must end, worked out without an engine.
 *
 * @param ends - Takes the end of each task by its id; `cancelled` where only a cancel ends it.
 */
export function modelProgram(id: string, program: readonly Op[], ends: Map<string, ModelEnd>): ModelEnd {
  const end = (value: ModelEnd): ModelEnd => {
    ends.set(id, value);
    return value;
  };
  let total = 0;
  for (const [index, op] of program.entries()) {
    if (op.op === 'fail') return end({ phase: 'failed' });
    if (op.op === 'forever') return end({ phase: 'cancelled' });
    total += modelOp(id, op as GoingOp, `${index}`, ends);
  }
  return end({ phase: 'completed', result: total });
}

function modelOp(id: string, op: GoingOp, key: string, ends: Map<string, ModelEnd>): number {
  switch (op.op) {
    case 'step':
    case 'flaky':
      return op.value;
    case 'parallel':
      return (op.value * (op.value - 1)) / 2;
    case 'sleep':
      return 1;
    case 'wait':
      return 2;
    case 'children': {
      const children = op.programs.map((program, i) => modelProgram(`${id}/${key}.${i}`, program, ends));
      if (!op.isJoined) return children.length;
      return children.reduce((sum, child) => sum + (child.phase === 'completed' ? (child.result ?? 0) : -1), 0);
    }
    default:
      return assertNever(op);
  }
}

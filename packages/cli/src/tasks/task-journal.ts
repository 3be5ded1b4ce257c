import type { ModelUsage, StepView } from '@master-orchestrator/contracts';
import type { MasterOrchestrator, TaskInfo } from '@master-orchestrator/core';
import { z } from 'zod';

/** A step of a task, as the tree shows it. */
export interface ShownStep {
  readonly key: string;
  readonly kind: 'model' | 'tool' | 'agent' | 'other';
  /** Model, tool or agent; the key of a step of another kind. */ readonly name: string;
  readonly state: 'running' | 'done' | 'failed';
  /** Code of a failure, or what a tool said of its end. */ readonly problem: string | null;
  readonly startedAt: number;
  readonly durationMs: number | null;
  /** In which delivery of the task it ran; above 1 after a crash or a wait. */ readonly delivery: number;
  readonly usage: ModelUsage | null;
  readonly costUsd: number | null;
  /** Arguments of a call, answer of a model, result of a tool. */ readonly input: unknown;
  readonly output: string | null;
  /** Id of the task that an agent was given. */ readonly childTaskId: string | null;
}

/** A task with its steps and the tasks below it. */
export interface ShownTask {
  readonly task: TaskInfo;
  readonly steps: readonly ShownStep[];
  readonly children: readonly ShownTask[];
}

const DEEPEST = 8;

const usageShape = z.looseObject({ inputTokens: z.number(), outputTokens: z.number() });
const callShape = z.looseObject({ type: z.literal('tool-call'), name: z.string(), arguments: z.string() });
const modelShape = z.looseObject({
  isOk: z.boolean(),
  model: z.string(),
  usage: usageShape.optional(),
  costUsd: z.number().optional(),
  error: z.looseObject({ code: z.string() }).optional(),
  response: z.looseObject({ items: z.array(z.unknown()) }).optional(),
});
const toolShape = z.looseObject({ output: z.string(), outcome: z.string() });
const keptShape = z.looseObject({ v: z.unknown() });

/** Reads a task with its journal, and the tasks its agents handed on. */
export async function readTask(orchestrator: MasterOrchestrator, id: string, depth = 0): Promise<ShownTask> {
  const [task, journal] = await Promise.all([orchestrator.getTask(id), orchestrator.taskSteps(id)]);
  const childIds = depth < DEEPEST ? await childrenOf(orchestrator, id) : [];
  const children = await Promise.all(childIds.map((child) => readTask(orchestrator, child, depth + 1)));
  return { task, steps: stepsOf(id, journal, children), children };
}

async function childrenOf({ engine }: MasterOrchestrator, parent: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await engine.list({ parent, ...(cursor === undefined ? {} : { cursor }) });
    ids.push(...page.items.map((item) => item.id));
    cursor = page.next;
  } while (cursor !== undefined);
  return ids;
}

/** Steps of a journal; a step of a form that is not known is shown by its key. */
function stepsOf(taskId: string, journal: readonly StepView[], children: readonly ShownTask[]): ShownStep[] {
  const calls = new Map<string, { readonly name: string; readonly input: unknown }>();
  const steps: ShownStep[] = [];
  for (const step of journal) {
    const [turn = '', part = ''] = step.key.split('/');
    const value = keptShape.safeParse(step.value).data?.v;
    if (/^model(#\d+)?$/.test(part) && step.key === `${turn}/${part}`) {
      const model = modelShape.safeParse(value).data;
      callsIn(model?.response?.items ?? []).forEach((call, index) => calls.set(`${turn}/c${index}`, call));
      steps.push(modelStep(step, model));
    } else if (/^c\d+$/.test(part) && step.key === `${turn}/${part}`) {
      steps.push(toolStep(step, calls.get(step.key), toolShape.safeParse(value).data));
    } else if (part === 'spawn') {
      for (const child of children.filter(({ task }) => task.id.startsWith(`${taskId}.${turn}c`))) {
        const call = calls.get(`${turn}/${child.task.id.slice(taskId.length + 1 + turn.length)}`);
        steps.push(agentStep(step, child, call?.input));
      }
    } else if (part !== 'join') steps.push({ ...plain(step), kind: 'other', name: step.key });
  }
  return steps;
}

function plain(step: StepView): Omit<ShownStep, 'kind' | 'name'> {
  return {
    key: step.key,
    state: step.state === 'intended' ? 'running' : step.state,
    problem: step.error?.code ?? null,
    startedAt: step.startedAt,
    durationMs: step.endedAt === undefined ? null : step.endedAt - step.startedAt,
    delivery: step.delivery,
    usage: null,
    costUsd: null,
    input: null,
    output: null,
    childTaskId: null,
  };
}

function modelStep(step: StepView, model: z.output<typeof modelShape> | undefined): ShownStep {
  const head = plain(step);
  return {
    ...head,
    kind: 'model',
    name: model?.model ?? 'model',
    state: model?.isOk === false ? 'failed' : head.state,
    problem: model?.error?.code ?? head.problem,
    usage: (model?.usage as ModelUsage | undefined) ?? null,
    costUsd: model?.costUsd ?? null,
    output: textIn(model?.response?.items ?? []),
  };
}

function toolStep(
  step: StepView,
  call: { readonly name: string; readonly input: unknown } | undefined,
  result: z.output<typeof toolShape> | undefined,
): ShownStep {
  const head = plain(step);
  const isOk = result === undefined || result.outcome === 'ok';
  return {
    ...head,
    kind: 'tool',
    name: call?.name ?? step.key,
    state: isOk ? head.state : 'failed',
    problem: isOk ? head.problem : (/^([A-Z][A-Z_]+):/.exec(result.output)?.[1] ?? result.outcome),
    input: call?.input ?? null,
    output: result?.output ?? null,
  };
}

function agentStep(step: StepView, { task }: ShownTask, input: unknown): ShownStep {
  const isOver = task.endedAt !== undefined;
  return {
    ...plain(step),
    kind: 'agent',
    name: task.agentName,
    state: task.status === 'completed' ? 'done' : isOver ? 'failed' : 'running',
    problem: task.error?.code ?? null,
    durationMs: isOver && task.startedAt !== undefined ? (task.endedAt ?? 0) - task.startedAt : null,
    usage: task.usage,
    costUsd: task.costUsd ?? null,
    input: input ?? null,
    output: task.result?.text ?? null,
    childTaskId: task.id,
  };
}

function callsIn(items: readonly unknown[]): { readonly name: string; readonly input: unknown }[] {
  return items.flatMap((item) => {
    const call = callShape.safeParse(item).data;
    return call === undefined ? [] : [{ name: call.name, input: jsonOrText(call.arguments) }];
  });
}

function textIn(items: readonly unknown[]): string | null {
  const message = z.looseObject({ type: z.literal('message'), content: z.string() });
  const texts = items.flatMap((item) => message.safeParse(item).data?.content ?? []);
  return texts.length === 0 ? null : texts.join('\n');
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

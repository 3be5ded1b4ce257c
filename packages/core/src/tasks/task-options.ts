import {
  isSchema,
  type AgentId,
  optional,
  type BudgetLimits,
  type EpochMs,
  type MessageItem,
  type RecoveryOverrides,
  type TaskInput,
} from '@master-orchestrator/contracts';
import { OrchestratorError, type Json } from '@master-orchestrator/errors';
import { createHash } from 'node:crypto';
import { z, type ZodType } from 'zod';
import type { AgentRevision } from '../agents/agent-book.js';
import type { TaskDependency, TaskRecord } from './task-book.js';

/** What `createTask` takes: {@link TaskOptions}, and the user context. */
export type CreateTaskOptions<Output = unknown, UserContext = unknown> = TaskOptions<Output, UserContext> &
  UserContextOption<NoInfer<UserContext>>;

/** The user context of a task: required where its agent declares one that cannot be absent. */
export type UserContextOption<UserContext = unknown> = undefined extends UserContext
  ? {
      /**
       * Facts for the tools and hooks of the task and of all that is made of it: who the user is, which tenant. Plain JSON
       * of at most 64 KiB. Stored with the task; the model, events and logs never get it.
       */
      readonly userContext?: UserContext | undefined;
    }
  : {
      /**
       * What the agent's `userContextSchema` asks for: facts for the tools and hooks of the task and of all that is made of
       * it. Plain JSON of at most 64 KiB. Stored with the task; the model, events and logs never get it.
       */
      readonly userContext: UserContext;
    };

/** What `createTask` takes beside the user context. */
export interface TaskOptions<Output = unknown, UserContext = unknown> {
  /** What is to be done, in words. Either this or `input`. */ readonly description?: string;
  /** Messages with images or files, or earlier conversation. */ readonly input?: readonly MessageItem[];
  /** Who does it. Either this or `team`. */ readonly agentId?: AgentId<Output, UserContext>;
  /** Name of a team: its lead does it. */ readonly team?: string;
  /** 0 to 9, 9 most urgent. @default 5 */ readonly priority?: number;
  /** Tasks that must have ended first. A plain id fails this task when the other one fails. */
  readonly dependsOn?: readonly (string | TaskDependency)[];
  /** Not started before this time. */ readonly runAt?: EpochMs;
  /** Time from submission to the end, in milliseconds. @default none */ readonly deadlineMs?: number;
  readonly budget?: BudgetLimits;
  /** Node of the budget ledger that pays besides, such as that of a goal. @default the agent's */ readonly budgetParent?: string;
  /** The same key gives the same task, however often it is created. */ readonly idempotencyKey?: string;
  /** Shape of the answer; wins over the agent's. */ readonly outputSchema?: ZodType<Output>;
  /** Conversation that goes on across tasks. */ readonly sessionId?: string;
  /**
   * Answer (`responseId` of its result) that this task goes on from, where the provider stores conversations. The stored
   * one stands before what this task sends.
   */
  readonly previousResponseId?: string;
  /** Stream model answers and publish their deltas. @default false */ readonly isStreamed?: boolean;
  /** Recovery plans of this task, by category or code; they go before those of its agent and tools. */
  readonly recovery?: RecoveryOverrides;
  readonly labels?: Readonly<Record<string, string>>;
}

const dependency = z.union([
  z.string().min(1),
  z.strictObject({ task: z.string().min(1), onFailure: z.enum(['fail', 'skip', 'continue']).optional() }),
]);
const optionsShape = z.strictObject({
  description: z.string().optional(),
  input: z
    .array(z.looseObject({ type: z.literal('message'), role: z.enum(['system', 'user', 'assistant']) }))
    .readonly()
    .optional(),
  agentId: z.string().optional(),
  team: z.string().optional(),
  priority: z.number().int().min(0).max(9).optional(),
  dependsOn: z.array(dependency).readonly().optional(),
  runAt: z.number().nonnegative().optional(),
  deadlineMs: z.number().positive().optional(),
  budget: z.looseObject({}).optional(),
  budgetParent: z.string().min(1).optional(),
  idempotencyKey: z.string().min(1).max(256).optional(),
  outputSchema: z.custom<unknown>(isSchema, 'must be a zod schema').optional(),
  sessionId: z.string().min(1).max(256).optional(),
  previousResponseId: z.string().min(1).optional(),
  isStreamed: z.boolean().optional(),
  recovery: z.record(z.string(), z.array(z.looseObject({ strategy: z.string() })).readonly()).optional(),
  userContext: z.unknown().optional(), // what it may be depends on the agent
  labels: z.record(z.string(), z.string()).optional(),
});

/** Checks what a user passed. @throws OrchestratorError TASK_INVALID, naming every problem */
export function checkTaskOptions(options: unknown): void {
  if (isPlainTask(options)) return;
  const checked = optionsShape.safeParse(options);
  const problems = checked.success
    ? []
    : checked.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || 'task'}: ${issue.message}`);
  const { description, input } = (options ?? {}) as CreateTaskOptions;
  if (
    problems.length === 0 &&
    (description === undefined || description.trim() === '') &&
    (input === undefined || input.length === 0)
  ) {
    problems.push('description: say what is to be done');
  }
  if (problems.length > 0)
    throw new OrchestratorError('TASK_INVALID', `This task is not valid: ${problems.join('; ')}.`);
}

/** True for a task of words and agent alone, which most tasks are and which is checked at a glance. */
function isPlainTask(options: unknown): boolean {
  if (typeof options !== 'object' || options === null) return false;
  for (const key in options) if (!PLAIN.has(key)) return false;
  const { description, agentId, isStreamed } = options as Partial<Record<string, unknown>>;
  return (
    typeof description === 'string' &&
    /\S/.test(description) &&
    (agentId === undefined || typeof agentId === 'string') &&
    (isStreamed === undefined || typeof isStreamed === 'boolean')
  );
}

const PLAIN: ReadonlySet<string> = new Set(['description', 'agentId', 'isStreamed']);

/** Where a task stands in the tree of tasks. */
export interface TaskPlace {
  readonly id: string;
  readonly parentTaskId?: string;
  readonly ancestors?: readonly string[];
  readonly retryOf?: string;
}

/** The stored form of a task. */
export function recordOfTask(
  options: CreateTaskOptions,
  agent: AgentRevision,
  place: TaskPlace,
  now: EpochMs,
): TaskRecord {
  return {
    id: place.id,
    agentId: agent.id,
    agentRevision: agent.revision,
    agentName: agent.definition.name,
    input: inputOf(options),
    priority: options.priority ?? 5,
    dependsOn: dependenciesOf(options.dependsOn ?? []),
    ancestors: place.ancestors ?? [],
    labels: options.labels ?? {},
    createdAt: now,
    ...optional({
      team: agent.team,
      notBefore: options.runAt,
      deadlineMs: options.deadlineMs,
      budget: options.budget,
      budgetParent: options.budgetParent,
      idempotencyKey: options.idempotencyKey,
      outputSchema:
        options.outputSchema === undefined
          ? undefined
          : (z.toJSONSchema(options.outputSchema, { io: 'output', unrepresentable: 'any' }) as Record<string, Json>),
      sessionId: options.sessionId,
      previousResponseId: options.previousResponseId,
      isStreamed: options.isStreamed,
      recovery: options.recovery,
      userContext: options.userContext as Json | undefined,
      parentTaskId: place.parentTaskId,
      retryOf: place.retryOf,
    }),
  };
}

function dependenciesOf(given: readonly (string | TaskDependency)[]): TaskDependency[] {
  const dependencies: TaskDependency[] = [];
  for (const entry of given) dependencies.push(typeof entry === 'string' ? { task: entry } : entry);
  return dependencies;
}

/** Id of the task with this idempotency key: the same in every process. */
export function idForKey(idempotencyKey: string): string {
  return `task_${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 24)}`;
}

function inputOf({ description, input }: CreateTaskOptions): TaskInput {
  if (input === undefined) return description ?? '';
  return description === undefined ? input : [...input, { type: 'message', role: 'user', content: description }];
}

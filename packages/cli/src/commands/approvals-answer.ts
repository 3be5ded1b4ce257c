import type { ApprovalAnswer, EscalationAnswer } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError, type Json } from '@master-orchestrator/errors';
import { usageError, type CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { loadProject } from '../project/load-project.js';
import { openStore } from '../project/open-orchestrator.js';
import { userName } from '../runs/approver.js';
import { waitingDocument, waitingItems, type WaitingItem } from '../runs/waiting-item.js';
import { LAST } from '../tasks/resolve-task-id.js';

interface AnswerFlags {
  readonly approve?: boolean;
  readonly approveForRun?: boolean;
  readonly deny?: boolean;
  readonly retry?: boolean;
  readonly skip?: boolean;
  readonly fail?: boolean;
  readonly result?: string;
  readonly reason?: string;
  readonly by?: string;
}

const APPROVAL = ['approve', 'approveForRun', 'deny'] as const;
const ESCALATION = ['retry', 'skip', 'result', 'fail'] as const;
const DECISIONS = { approve: 'approve', approveForRun: 'approve-for-run', deny: 'deny' } as const;

/** `mao approvals answer` */
export async function run(context: CommandContext, { args, options }: CommandInput): Promise<ExitCode> {
  const flags = options as AnswerFlags;
  const given = [...APPROVAL, ...ESCALATION].filter((key) => flags[key] !== undefined);
  const [choice] = given;
  if (choice === undefined || given.length > 1) {
    throw usageError(
      'Say what is decided, once: --approve, --approve-for-run or --deny; for a failure --retry, --skip, --result or --fail.',
    );
  }
  const orchestrator = await openStore(await loadProject(context));
  try {
    const item = await find(orchestrator, args[0] as string);
    const answered = await answer(orchestrator as MasterOrchestrator, item, choice, flags);
    tell(context, answered);
    return EXIT_CODES.ok;
  } finally {
    await orchestrator?.shutdown({ drainMs: 0 });
  }
}

async function find(orchestrator: MasterOrchestrator | undefined, id: string): Promise<WaitingItem> {
  const items = orchestrator === undefined ? [] : await waitingItems(orchestrator, id === LAST ? 'open' : 'all');
  const found = id === LAST ? items.at(-1) : items.find(({ record }) => record.id === id);
  if (found !== undefined) return found;
  const message =
    id === LAST
      ? 'Nothing waits for a person.'
      : `Nothing named "${id}" waits for a person. "mao approvals list" shows what does.`;
  throw new OrchestratorError('NOT_FOUND', message);
}

async function answer(
  orchestrator: MasterOrchestrator,
  { kind, record }: WaitingItem,
  choice: (typeof APPROVAL)[number] | (typeof ESCALATION)[number],
  flags: AnswerFlags,
): Promise<WaitingItem> {
  const head = { by: flags.by ?? userName(), ...(flags.reason === undefined ? {} : { note: flags.reason }) };
  if (kind === 'approval') {
    if (!isOneOf(choice, APPROVAL))
      throw usageError(`"${record.id}" is a tool call: --approve, --approve-for-run or --deny.`);
    const decision: ApprovalAnswer = { decision: DECISIONS[choice], ...head };
    return { kind, record: await orchestrator.answerApproval(record.id, decision) };
  }
  if (!isOneOf(choice, ESCALATION))
    throw usageError(`"${record.id}" is a failure: --retry, --skip, --result or --fail.`);
  const result = flags.result === undefined ? {} : { result: jsonOf(flags.result) };
  const decision: EscalationAnswer = { action: choice, ...head, ...result };
  return { kind, record: await orchestrator.answerEscalation(record.id, decision) };
}

function tell({ output }: CommandContext, item: WaitingItem): void {
  const { id, taskId, status } = item.record;
  const [root] = taskId.split('.');
  output.result(waitingDocument(item), () => {
    output.line(`${id} ${status}`);
    output.note(`A worker goes on with the task; without one: mao run --resume ${root ?? taskId}`);
  });
}

function isOneOf<T extends string>(word: string, words: readonly T[]): word is T {
  return (words as readonly string[]).includes(word);
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw usageError(`--result takes JSON, such as '{"ok":true}' or '"done"': ${(cause as Error).message}.`);
  }
}

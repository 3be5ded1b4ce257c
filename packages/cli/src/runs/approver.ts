import type { EscalationAnswer, OrchestratorEvent } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { userInfo } from 'node:os';
import type { LiveLine } from './live-line.js';
import type { TaskTree } from './task-tree.js';
import { waitingItems, waitingLines, type WaitingItem } from './waiting-item.js';

/** How questions to a person are answered while a command waits for a task. */
export interface ApproverOptions {
  /** Approves every tool call unseen. */ readonly isYes: boolean;
  /** A person can be asked here and now. */ readonly isInteractive: boolean;
  /** Told of a question that nobody here can answer. */ onUnanswered(): void;
  /** Told when asking itself fails. */ onFailure(error: unknown): void;
}

/** Answers what a run asks: by `--yes`, by a person at the terminal, or not at all. One question at a time. */
export class Approver {
  readonly #orchestrator: MasterOrchestrator;
  readonly #tree: TaskTree;
  readonly #live: LiveLine;
  readonly #options: ApproverOptions;
  readonly #asked = new Set<string>();
  #last: Promise<void> = Promise.resolve();

  constructor(orchestrator: MasterOrchestrator, tree: TaskTree, live: LiveLine, options: ApproverOptions) {
    this.#orchestrator = orchestrator;
    this.#tree = tree;
    this.#live = live;
    this.#options = options;
  }

  /** Takes an event in. */
  readonly handle = (event: OrchestratorEvent): void => {
    const isQuestion =
      event.type === 'approval-request' || (event.type === 'escalation-request' && event.data.to === 'person');
    if (isQuestion && this.#tree.has(event.taskId)) this.look();
  };

  /** Looks for open questions of the command's tasks: also those that were asked before this process began. */
  look(): void {
    this.#last = this.#last.then(() => this.#answerAll()).catch((error: unknown) => this.#options.onFailure(error));
  }

  async #answerAll(): Promise<void> {
    for (const item of await waitingItems(this.#orchestrator)) {
      const { id, taskId } = item.record;
      if (!this.#tree.has(taskId) || this.#asked.has(id)) continue;
      this.#asked.add(id);
      await this.#answer(item);
    }
  }

  async #answer(item: WaitingItem): Promise<void> {
    if (item.kind === 'approval' && this.#options.isYes) {
      this.#live.print(`approved by --yes: ${item.record.tool} ${JSON.stringify(item.record.arguments)}`);
      await this.#orchestrator.answerApproval(item.record.id, { decision: 'approve', by: `${userName()} (--yes)` });
    } else if (this.#options.isInteractive) {
      this.#live.stop();
      await (item.kind === 'approval'
        ? this.#askApproval(item.record.id, item)
        : this.#askEscalation(item.record.id, item));
    } else this.#options.onUnanswered();
  }

  async #askApproval(id: string, item: WaitingItem): Promise<void> {
    const choice = await ask(waitingLines(item).join('\n'), [
      ['approve', 'Approve this call'],
      ['approve-for-run', 'Approve this tool for the rest of the run'],
      ['deny', 'Deny'],
    ]);
    if (choice === undefined) return this.#options.onUnanswered();
    const note = choice === 'deny' ? await askText('Why? The agent is told.') : undefined;
    const head = { decision: choice as 'approve' | 'approve-for-run' | 'deny', by: userName() };
    await this.#orchestrator.answerApproval(id, note === undefined ? head : { ...head, note });
  }

  async #askEscalation(id: string, item: WaitingItem): Promise<void> {
    const choice = await ask(waitingLines(item).join('\n'), [
      ['retry', 'Try the step again'],
      ['skip', 'Leave the step out'],
      ['fail', 'End the task'],
    ]);
    if (choice === undefined) return this.#options.onUnanswered();
    const answer: EscalationAnswer = { action: choice as 'retry' | 'skip' | 'fail', by: userName() };
    await this.#orchestrator.answerEscalation(id, answer);
  }
}

/** Who answers: the name of the user of this machine. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown user';
  }
}

async function ask(message: string, choices: readonly (readonly [string, string])[]): Promise<string | undefined> {
  const { isCancel, select } = await import('@clack/prompts');
  const options = choices.map(([value, label]) => ({ value, label }));
  const answer = await select({ message, options, output: process.stderr });
  return isCancel(answer) ? undefined : answer;
}

async function askText(message: string): Promise<string | undefined> {
  const { isCancel, text } = await import('@clack/prompts');
  const answer = await text({ message, output: process.stderr });
  return isCancel(answer) || answer === undefined || answer.trim() === '' ? undefined : answer;
}

import type { EscalationAnswer, OrchestratorEvent } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { userInfo } from 'node:os';
import { askChoice, askText } from '../cli/ask.js';
import type { Io } from '../cli/io.js';
import type { LiveLine } from './live-line.js';
import type { TaskTree } from './task-tree.js';
import { waitingItems, waitingLines, type WaitingItem } from './waiting-item.js';

/** How questions to a person are answered while a command waits for a task. */
export interface ApproverOptions {
  /** Approves every tool call unseen. */ readonly isYes: boolean;
  /** A person can be asked here and now. */ readonly isInteractive: boolean;
  /** Where a person is asked. */ readonly io: Io;
  /** Told of questions that nobody here can answer. */ onUnanswered(items: readonly WaitingItem[]): void;
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
    const unanswered: WaitingItem[] = [];
    for (const item of await waitingItems(this.#orchestrator)) {
      const { id, taskId } = item.record;
      if (!this.#tree.has(taskId) || this.#asked.has(id)) continue;
      this.#asked.add(id);
      if (!(await this.#answer(item))) unanswered.push(item);
    }
    if (unanswered.length > 0) this.#options.onUnanswered(unanswered);
  }

  /** @returns false where nobody here can answer it, or wants to */
  async #answer(item: WaitingItem): Promise<boolean> {
    if (item.kind === 'approval' && this.#options.isYes) {
      this.#live.print(`approved by --yes: ${item.record.tool} ${JSON.stringify(item.record.arguments)}`);
      await this.#orchestrator.answerApproval(item.record.id, { decision: 'approve', by: `${userName()} (--yes)` });
      return true;
    }
    if (!this.#options.isInteractive) return false;
    this.#live.stop();
    return item.kind === 'approval'
      ? this.#askApproval(item.record.id, item)
      : this.#askEscalation(item.record.id, item);
  }

  async #askApproval(id: string, item: WaitingItem): Promise<boolean> {
    const { io } = this.#options;
    const choice = await askChoice(io, waitingLines(item).join('\n'), [
      { value: 'approve', label: 'Approve this call' },
      { value: 'approve-for-run', label: 'Approve this tool for the rest of the run' },
      { value: 'deny', label: 'Deny' },
    ]);
    if (choice === undefined) return false;
    const note = choice === 'deny' ? await askText(io, 'Why? The agent is told.') : undefined;
    const head = { decision: choice, by: userName() };
    await this.#orchestrator.answerApproval(id, note === undefined || note === '' ? head : { ...head, note });
    return true;
  }

  async #askEscalation(id: string, item: WaitingItem): Promise<boolean> {
    const choice = await askChoice(this.#options.io, waitingLines(item).join('\n'), [
      { value: 'retry', label: 'Try the step again' },
      { value: 'skip', label: 'Leave the step out' },
      { value: 'fail', label: 'End the task' },
    ]);
    if (choice === undefined) return false;
    const answer: EscalationAnswer = { action: choice, by: userName() };
    await this.#orchestrator.answerEscalation(id, answer);
    return true;
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

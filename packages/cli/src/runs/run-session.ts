import type { OrchestratorEvent } from '@master-orchestrator/contracts';
import type { CommandContext } from '../cli/command-context.js';
import type { Opened } from '../project/open-orchestrator.js';
import { Approver } from './approver.js';
import { onInterrupt } from './interrupt.js';
import { LiveLine } from './live-line.js';
import { Progress } from './progress.js';
import { TaskTree } from './task-tree.js';
import type { WaitingItem } from './waiting-item.js';

/** What a command that works on tasks may be told. */
export interface SessionOptions {
  readonly isYes: boolean;
  /** With `--json`: each event of the command's tasks is a line. */ readonly printsEvents: boolean;
  /** Ends the work in another way than by giving it back to the store. */ readonly cancel?: () => void;
}

/** Why the work ended before its end. */
export type StopReason = 'interrupted' | 'waiting';

/**
 * Everything around work that a person waits for: progress lines, questions, Ctrl-C. Made before the work begins and
 * closed after it.
 */
export class RunSession {
  readonly tree = new TaskTree();
  readonly live: LiveLine;
  readonly #context: CommandContext;
  readonly #opened: Opened;
  readonly #options: SessionOptions;
  readonly #approver: Approver;
  readonly #stopListening: () => void;
  readonly #files = new Set<string>();
  readonly #unanswered: WaitingItem[] = [];
  #failure: unknown;
  #stopped: StopReason | undefined;

  constructor(context: CommandContext, opened: Opened, options: SessionOptions) {
    this.#context = context;
    this.#opened = opened;
    this.#options = options;
    const { output, isInteractive } = context;
    this.live = new LiveLine(output);
    const { orchestrator } = opened;
    this.#approver = new Approver(orchestrator, this.tree, this.live, {
      isYes: options.isYes,
      isInteractive,
      io: context.io,
      onUnanswered: (items) => {
        this.#unanswered.push(...items);
        this.#stop('waiting');
      },
      onFailure: (error) => {
        this.#failure ??= error;
        this.#stop('waiting');
      },
    });
    orchestrator.listen('mao tree', this.tree.handle);
    orchestrator.listen('mao progress', new Progress(this.live, this.tree, output.noteColors).handle);
    orchestrator.listen('mao questions', this.#approver.handle);
    orchestrator.listen('mao files', this.#collect);
    if (options.printsEvents) orchestrator.listen('mao events', this.#printEvent);
    this.#stopListening = onInterrupt(output, {
      stop: () => this.#stop('interrupted'),
      hurry: () => void orchestrator.shutdown({ drainMs: 0 }).catch(() => undefined),
    });
  }

  /** Why the work was stopped, where it was. */
  get stopped(): StopReason | undefined {
    return this.#stopped;
  }

  /** What nobody here could answer. */
  get unanswered(): readonly WaitingItem[] {
    return this.#unanswered;
  }

  /** What went wrong with asking a person. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Files that tools of the command's tasks wrote, as they name them. */
  get files(): readonly string[] {
    return [...this.#files];
  }

  /** Looks for questions that were open before this process began. */
  lookForQuestions(): void {
    this.#approver.look();
  }

  /** Waits for running steps of other tasks where there are any, and closes everything. */
  async close(): Promise<void> {
    this.live.stop();
    this.#stopListening();
    await this.#opened.orchestrator.shutdown();
  }

  #stop(reason: StopReason): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    this.live.stop();
    if (this.#options.cancel !== undefined) this.#options.cancel();
    else {
      const { orchestrator, isDurable, project } = this.#opened;
      const { drainMs } = project.loaded.config.shutdown;
      void orchestrator.shutdown({ drainMs: isDurable ? drainMs : 0 }).catch(() => undefined);
    }
  }

  readonly #printEvent = (event: OrchestratorEvent): void => {
    if (this.tree.has(event.taskId)) this.#context.output.json(event);
  };

  readonly #collect = (event: OrchestratorEvent): void => {
    if (event.type !== 'tool-call-progress' || !this.tree.has(event.taskId)) return;
    const update = event.data.update as { readonly file?: unknown } | null;
    if (typeof update?.file === 'string') this.#files.add(update.file);
  };
}

import type { EpochMs, Phase, TaskSpec, TaskView } from '@master-orchestrator/contracts';
import { isFinalPhase } from '@master-orchestrator/contracts';
import type { SerializedError } from '@master-orchestrator/errors';
import { Journal } from './journal.js';
import { Mailbox } from './mailbox.js';
import type { MemoryRun } from './memory-run.js';
import type { Ticket } from './ready-queue.js';
import type { Timer } from './timer-queue.js';

const DEFAULT_PRIORITY = 5;
const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

/** A task in memory. Small while it waits: journal, mailbox and lists come with their first use. */
export class TaskRecord {
  phase: Phase = 'ready';
  /** Deliveries that count: one that was given back does not. */ delivery = 0;
  /** How often a handler was started. */ begins = 0;
  startedAt: EpochMs | undefined;
  endedAt: EpochMs | undefined;
  worker: string | undefined;
  result: TaskView['result'];
  error: SerializedError | undefined;
  cancelReason: string | undefined;
  /** Dependencies that have not ended yet. */ openDependencies = 0;
  /** Tasks that wait for this one by `after`. */ dependents:
    | { record: TaskRecord; when: 'completed' | 'settled' }[]
    | undefined;
  /** Called once when the task has ended. */ watchers: Set<() => void> | undefined;
  /** Unfinished children, for cancelling. */ children: Set<TaskRecord> | undefined;
  /** Finished children, kept while this task may still join them. */ keptChildren: TaskRecord[] | undefined;
  ticket: Ticket<TaskRecord> | undefined;
  wakeTimer: Timer | undefined;
  deadlineTimer: Timer | undefined;
  run: MemoryRun | undefined;
  #journal: Journal | undefined;
  #mailbox: Mailbox | undefined;

  constructor(
    readonly spec: TaskSpec,
    /** Order of submission. */ readonly seq: number,
    readonly submittedAt: EpochMs,
  ) {}

  get id(): string {
    return this.spec.id;
  }

  get priority(): number {
    return this.spec.priority ?? DEFAULT_PRIORITY;
  }

  get isFinal(): boolean {
    return isFinalPhase(this.phase);
  }

  get journal(): Journal {
    return (this.#journal ??= new Journal());
  }

  set journal(journal: Journal) {
    this.#journal = journal;
  }

  get mailbox(): Mailbox {
    return (this.#mailbox ??= new Mailbox());
  }

  /** Lets go of what only an unfinished task needs. */
  dropWork(): void {
    this.#mailbox = undefined;
    this.dependents = undefined;
    this.watchers = undefined;
    this.children = undefined;
    this.keptChildren = undefined;
    this.run = undefined;
  }

  /** A snapshot for readers. */
  view(): TaskView {
    const { spec } = this;
    return {
      id: spec.id,
      kind: spec.kind,
      revision: spec.revision,
      phase: this.phase,
      lane: spec.lane,
      priority: this.priority,
      input: spec.input,
      submittedAt: this.submittedAt,
      delivery: this.delivery,
      labels: spec.labels ?? NO_LABELS,
      ...(this.startedAt === undefined ? {} : { startedAt: this.startedAt }),
      ...(this.endedAt === undefined ? {} : { endedAt: this.endedAt }),
      ...(spec.notBefore === undefined ? {} : { notBefore: spec.notBefore }),
      ...(spec.deadline === undefined ? {} : { deadline: spec.deadline }),
      ...(this.worker === undefined ? {} : { worker: this.worker }),
      ...(spec.parent === undefined ? {} : { parent: spec.parent }),
      ...(this.phase === 'completed' ? { result: this.result ?? null } : {}),
      ...(this.error === undefined ? {} : { error: this.error }),
      ...(this.cancelReason === undefined ? {} : { cancelReason: this.cancelReason }),
    };
  }
}

import { createOrchestrator, type MasterOrchestrator } from '@master-orchestrator/core';
import { readMarks, type Mark } from './marks.js';
import { judge, type Report } from './oracle.js';
import { CLERK, expectedAnswer, resultOf, teamOptions, type Campaign } from './team.js';

const PATIENCE_MS = 180_000;
const LOOK_EVERY_MS = 20;

/** Where tasks are handed in and people answer: it runs none itself. */
export class Office {
  readonly #campaign: Campaign;
  readonly #orchestrator: MasterOrchestrator;
  readonly #ids: string[] = [];
  readonly #begunAgain = new Set<number>();
  #asked = 0;

  private constructor(campaign: Campaign, orchestrator: MasterOrchestrator) {
    this.#campaign = campaign;
    this.#orchestrator = orchestrator;
  }

  static async open(campaign: Campaign): Promise<Office> {
    return new Office(campaign, await createOrchestrator({ ...teamOptions(campaign), isWorker: false }));
  }

  get jobs(): number {
    return this.#ids.length;
  }

  get marks(): Mark[] {
    return readMarks(this.#campaign.folder);
  }

  /** Hands in jobs. */
  async handIn(count: number): Promise<number[]> {
    const agentId = await this.#agentId();
    const jobs = Array.from({ length: count }, (_, i) => this.#ids.length + i);
    for (const job of jobs) {
      const id = await this.#orchestrator.createTask({
        description: `Job ${job}`,
        agentId,
        idempotencyKey: `job-${job}`,
      });
      this.#ids.push(id);
      await this.#orchestrator.enqueueTask(id);
    }
    return jobs;
  }

  /** Waits until the claim holds, answering what people are asked meanwhile. */
  async until(what: string, claim: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      await this.#answer();
      if (await claim()) return;
      if (performance.now() > end) throw new Error(`Waited ${PATIENCE_MS} ms in vain: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** True where these jobs have ended. */
  async haveEnded(jobs: readonly number[]): Promise<boolean> {
    for (const job of jobs) {
      const phase = (await this.#orchestrator.engine.get(this.#ids[job] as string))?.phase;
      if (phase !== 'completed' && phase !== 'failed' && phase !== 'cancelled' && phase !== 'skipped') return false;
    }
    return true;
  }

  /** Jobs that a process was at work on. */
  async unfinishedOf(pid: number): Promise<number[]> {
    const last = new Map(this.marks.map((mark) => [mark.job, mark.pid]));
    const jobs = [...last].filter(([, of]) => of === pid).map(([job]) => job);
    const open: number[] = [];
    for (const job of jobs) if (!(await this.haveEnded([job]))) open.push(job);
    return open;
  }

  /** Waits for every job, then says what happened. */
  async report(kills: number): Promise<Report> {
    const jobs = this.#ids.map((_, job) => job);
    await this.until('every job ends', async () => (await this.haveEnded(jobs)) && this.#hasHeardOf(jobs));
    const lost: string[] = [];
    for (const job of jobs) {
      const { status, result, error } = await this.#orchestrator.getTask(this.#ids[job] as string);
      if (status !== 'completed' || result?.text !== expectedAnswer(job)) {
        lost.push(`job ${job}: ${status} ${result?.text ?? error?.message ?? ''}`);
      }
    }
    return { ...judge(this.marks, this.#begunAgain), lost, asked: this.#asked, kills, met: 0 };
  }

  /** The feed tells of an end a moment after the store has it. */
  async #hasHeardOf(jobs: readonly number[]): Promise<boolean> {
    const tasks = await Promise.all(jobs.map((job) => this.#orchestrator.getTask(this.#ids[job] as string)));
    return tasks.every(({ endedAt }) => endedAt !== undefined);
  }

  close(): Promise<void> {
    return this.#orchestrator.shutdown({ drainMs: 0 });
  }

  async #agentId(): Promise<string> {
    const [known] = await this.#orchestrator.listAgents();
    return known?.id ?? this.#orchestrator.createAgent(CLERK);
  }

  /** A person looks whether a call in doubt took effect: then its result is given, else it may run again. */
  async #answer(): Promise<void> {
    for (const { id, taskId, error } of await this.#orchestrator.listEscalations()) {
      if (error.code !== 'EFFECT_UNKNOWN') throw new Error(`${taskId} asks about something else: ${error.message}`);
      const job = this.#ids.indexOf(taskId);
      const step = this.marks.find((mark) => mark.job === job && mark.step.startsWith('unsafe-'))?.step ?? 'unsafe-2';
      const tookEffect = this.marks.some((mark) => mark.kind === 'E' && mark.job === job && mark.step === step);
      this.#asked += 1;
      if (!tookEffect) this.#begunAgain.add(job);
      await this.#orchestrator.answerEscalation(
        id,
        tookEffect
          ? { action: 'result', by: 'auditor', result: resultOf(step, job) }
          : { action: 'retry', by: 'auditor', note: 'it never took effect' },
      );
    }
  }
}

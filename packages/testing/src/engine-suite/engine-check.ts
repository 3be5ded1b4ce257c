import type { EngineCaps, EngineOptions, TaskEngine } from '@master-orchestrator/contracts';
import type { EngineLab } from './engine-lab.js';

/** What the engine suite needs to know of an engine. */
export interface EngineSubject {
  /**
   * Opens an engine on a store, not started yet. A second engine with the same address stands for another process on the
   * same store.
   */
  open(address: string, options: EngineOptions): Promise<TaskEngine>;
  /** Address of a fresh store in an empty folder that is removed afterwards. @default the folder */
  readonly addressIn?: (folder: string) => string;
  /**
   * A module that Node can run and that calls `runEngineWorker` with `open`. Without it the checks with processes of
   * their own are left out.
   */
  readonly workerFile?: string;
  /** Makes the store unusable for this time, in milliseconds, while others use it. */
  readonly outage?: (address: string, forMs: number) => Promise<void>;
}

/** How hard the suite tries. */
export interface EngineSuiteOptions {
  /** Every choice of the suite follows from it. @default 1 */ readonly seed?: number;
  /** Points at which a worker is killed. @default 10 */ readonly crashPoints?: number;
  /** Random programs compared with the model. @default 20 */ readonly soakPrograms?: number;
}

/** One claim about an engine, true where `run` resolves. */
export interface EngineCheck {
  /** Section of the list. */ readonly group: string;
  /** A sentence that is true where the check passes. */ readonly name: string;
  /** Says why an engine need not pass, by what it declares; `undefined` where it must. */
  readonly isExempt?: (caps: EngineCaps, subject: EngineSubject) => string | undefined;
  /** Bound after which the check counts as hanging, in milliseconds. @default 30_000 */ readonly timeoutMs?: number;
  run(lab: EngineLab): Promise<void>;
}

/** Exempts engines that forget everything with their process, and subjects without a worker. */
export function needsProcesses(caps: EngineCaps, subject: EngineSubject): string | undefined {
  if (!caps.durable) return 'nothing survives its process';
  return subject.workerFile === undefined ? 'the subject has no workerFile' : undefined;
}

/** Exempts engines whose store only one engine can use. */
export function needsSharedStore(caps: EngineCaps): string | undefined {
  return caps.reach === 'one-process' ? 'its store belongs to one engine' : undefined;
}

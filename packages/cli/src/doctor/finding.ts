import type { CommandContext } from '../cli/command-context.js';
import type { Project } from '../project/load-project.js';

/** What a check of the set-up found. Holds no secret. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What to do; absent where nothing is wrong. */ readonly hint?: string;
}

/** What the checks look at. */
export interface Bench {
  readonly context: CommandContext;
  /** Absent where the configuration cannot be used; what needs it is left out then. */ readonly project?: Project;
  /** True: nothing is asked over the network. */ readonly isOffline: boolean;
}

/** Looks at one side of the set-up. */
export type Check = (bench: Bench) => Promise<readonly Finding[]>;

/** All is well. */
export function ok(check: string, message: string): Finding {
  return { check, status: 'ok', message };
}

/** It works, but not as one would want. */
export function warn(check: string, message: string, hint: string): Finding {
  return { check, status: 'warn', message, hint };
}

/** It does not work. */
export function fail(check: string, message: string, hint: string): Finding {
  return { check, status: 'fail', message, hint };
}

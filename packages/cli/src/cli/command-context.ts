import { OrchestratorError } from '@master-orchestrator/errors';
import type { Output } from '../output/output.js';
import type { Io } from './io.js';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly color: boolean;
  readonly debug?: boolean;
  /** Folder to work in instead of the current one. */ readonly cwd?: string;
  /** Configuration file instead of a search. */ readonly config?: string;
  /** Name of a profile. */ readonly profile?: string;
  /** Settings as `path=value`. */ readonly set?: readonly string[];
}

/** What a command works with. */
export interface CommandContext {
  readonly io: Io;
  readonly output: Output;
  readonly globals: GlobalOptions;
  /** Folder that paths are relative to. */ readonly cwd: string;
  /** True where a person can be asked: a terminal on both sides, and no `--json`. */ readonly isInteractive: boolean;
}

/** The error about a command line that cannot be understood. */
export function usageError(message: string): OrchestratorError {
  return new OrchestratorError('USAGE_INVALID', message);
}

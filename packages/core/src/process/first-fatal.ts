import type { OrchestratorError } from '@master-orchestrator/errors';

/** The first failure that concerns the whole orchestrator. */
export class FirstFatal {
  #tell: ((error: OrchestratorError) => void) | undefined;
  /** Resolves with it; stays open where there is none. */
  readonly first: Promise<OrchestratorError> = new Promise((resolve) => {
    this.#tell = resolve;
  });

  /** Tells of a failure; those after the first one change nothing. */
  tell(error: OrchestratorError): void {
    this.#tell?.(error);
  }
}

import { OrchestratorError } from './orchestrator-error.js';

/** A token was bound twice in one composition root. */
export class DuplicateBindingError extends OrchestratorError {
  /** @param token - The token's description. */
  constructor(token: string | undefined) {
    super(
      'DUPLICATE_BINDING',
      `"${token ?? 'A token'}" is bound already. Use rebind to replace it before the first resolve.`,
    );
  }
}

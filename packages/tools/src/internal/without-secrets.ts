import { OrchestratorError, type Redactor } from '@master-orchestrator/errors';

/** The same error; where a secret stands in it or in what caused it, a copy without. */
export function withoutSecrets(redactor: Redactor, error: OrchestratorError): OrchestratorError {
  const plain = JSON.stringify(error.toJSON());
  const clean = redactor.redact(error.toJSON());
  if (JSON.stringify(clean) === plain) return error;
  return OrchestratorError.fromJSON(clean);
}

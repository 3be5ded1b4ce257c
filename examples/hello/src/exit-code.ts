import type { OrchestratorError } from '@master-orchestrator/errors';

const CREDENTIALS = new Set(['CREDENTIAL_MISSING', 'CREDENTIAL_REJECTED', 'QUOTA_EXHAUSTED', 'ACCESS_DENIED']);
const CONFIGURATION = new Set(['CONFIG_INVALID', 'CONFIG_NOT_FOUND', 'STARTUP_FAILED']);
const USAGE = new Set(['REQUEST_INVALID', 'FILE_INVALID', 'REQUEST_TOO_LARGE']);

/** 1 run failed, 2 usage, 3 configuration, 4 credentials, 5 the model's side, 130 interrupted. */
export function exitCodeOf(error: OrchestratorError, isBeforeRun: boolean): number {
  if (error.code === 'CANCELLED') return 130;
  if (CREDENTIALS.has(error.code)) return 4;
  if (CONFIGURATION.has(error.code)) return 3;
  if (isBeforeRun && USAGE.has(error.code)) return 2;
  const isUpstream =
    error.category === 'NETWORK_ERROR' || error.category === 'TIMEOUT_ERROR' || error.code === 'BREAKER_OPEN';
  return isUpstream || error.code === 'MODEL_NOT_FOUND' || error.code === 'ENDPOINT_MISMATCH' ? 5 : 1;
}

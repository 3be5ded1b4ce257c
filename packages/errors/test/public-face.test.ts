import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as face from '../src/index.js';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly exports: Record<string, unknown>;
  readonly dependencies?: Record<string, string>;
};

describe('the public face', () => {
  it('is this list of names', () => {
    expect(Object.keys(face).sort()).toEqual([
      'BreakerOpenError',
      'BreakerRegistry',
      'Bulkhead',
      'CLOCK',
      'CancelledError',
      'CircuitBreaker',
      'ConcurrencyLimiter',
      'DuplicateBindingError',
      'ERROR_CATALOG',
      'ERROR_CATEGORIES',
      'ERROR_HANDLER',
      'ErrorHandler',
      'IN_PLACE_ATTEMPTS_MAX',
      'IN_PLACE_WAIT_MS',
      'KeyedRegistry',
      'MODEL_ERROR_RULES',
      'OrchestratorError',
      'PARKED_MAX',
      'PlanCursor',
      'RANDOM',
      'RetryBudget',
      'SEVERITIES',
      'STANDARD_PLANS',
      'SYSTEM_ERROR_RULES',
      'TOOL_FAILURES_IN_ROW',
      'ToolFailedError',
      'ToolTimeoutError',
      'backoffDelay',
      'baseDelayMs',
      'catalogEntry',
      'classify',
      'classifyResponse',
      'concernsTask',
      'countsForBreaker',
      'createRedactor',
      'createSecretMask',
      'createStandardStrategies',
      'createToken',
      'docsAnchor',
      'findPlan',
      'higherSeverity',
      'isCancelled',
      'isErrorCode',
      'judgeAnswer',
      'mergePlans',
      'readDuration',
      'readRateLimits',
      'readRetryAfter',
      'redact',
      'redactText',
      'retry',
      'retryCost',
      'sleep',
      'systemClock',
      'timeLimitError',
      'tripsBreaker',
    ]);
  });

  it('is one entry point', () => {
    expect(Object.keys(manifest.exports)).toEqual(['.', './package.json']);
  });

  it('needs no other package', () => {
    expect(manifest.dependencies).toBeUndefined();
  });
});

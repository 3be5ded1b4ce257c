import {
  ERROR_CATALOG,
  ERROR_CATEGORIES,
  OrchestratorError,
  SEVERITIES,
  type FailureContext,
  type StepKind,
} from '@master-orchestrator/errors';
import * as fc from 'fast-check';

const STEP_KINDS: readonly StepKind[] = ['model-call', 'tool-call', 'run', 'task'];

/** Errors of every code of the catalogue, and of codes it does not know, with their flags set at random. */
export function errorArbitrary(): fc.Arbitrary<OrchestratorError> {
  const code = fc.oneof(fc.constantFrom(...Object.keys(ERROR_CATALOG)), fc.constantFrom('ACME_BROKEN', 'X'));
  const flags = fc.record(
    {
      category: fc.constantFrom(...ERROR_CATEGORIES),
      severity: fc.constantFrom(...SEVERITIES),
      isRetryable: fc.boolean(),
      isReplaySafe: fc.boolean(),
      retryAfterMs: fc.oneof(fc.nat(120_000), fc.constantFrom(0, 86_400_000)),
      breakerKey: fc.constantFrom('model:https://a.example:m', 'tool:read_file'),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  return fc.tuple(code, flags).map(([name, options]) => new OrchestratorError(name, `Made failure ${name}.`, options));
}

/** Failures as a recovery strategy may be asked about: every kind of step, any attempt, with and without a way out. */
export function failureArbitrary(): fc.Arbitrary<FailureContext> {
  const step = fc.record(
    {
      kind: fc.constantFrom(...STEP_KINDS),
      name: fc.constantFrom('openai:gpt', 'read_file', 'analyst'),
      isOptional: fc.boolean(),
    },
    { requiredKeys: ['kind', 'name'], noNullPrototype: true },
  );
  return fc.record(
    {
      error: errorArbitrary(),
      step,
      attempt: fc.integer({ min: 1, max: 13 }),
      totalAttempts: fc.integer({ min: 1, max: 60 }),
      used: fc.array(fc.nat(12), { maxLength: 6 }),
      usedHere: fc.nat(12),
      fallbacks: fc.uniqueArray(fc.constantFrom('openai:mini', 'other:model', 'read_copy', 'helper'), { maxLength: 3 }),
      declaredResult: fc.oneof(fc.constant(null), fc.string(), fc.constant({ rows: [] })),
      parkedRetries: fc.nat(11),
      canPark: fc.boolean(),
      canEscalate: fc.boolean(),
      deadlineInMs: fc.oneof(fc.integer({ min: -1_000, max: 1_000 }), fc.nat(10_000_000)),
      hasRetryToken: fc.boolean(),
      taskId: fc.constant('task_1'),
      runId: fc.constant('run_1'),
      agentId: fc.constant('agent_1'),
      parentTaskId: fc.constant('task_0'),
    },
    {
      requiredKeys: [
        'error',
        'step',
        'attempt',
        'totalAttempts',
        'used',
        'fallbacks',
        'parkedRetries',
        'canPark',
        'canEscalate',
        'hasRetryToken',
      ],
      noNullPrototype: true,
    },
  );
}

/**
 * The eight categories every failure belongs to. The category selects the default recovery plan.
 */
export const ERROR_CATEGORIES = [
  'NETWORK_ERROR',
  'TIMEOUT_ERROR',
  'RESOURCE_ERROR',
  'VALIDATION_ERROR',
  'PERMISSION_ERROR',
  'TOOL_ERROR',
  'AGENT_ERROR',
  'SYSTEM_ERROR',
] as const;

/** One of {@link ERROR_CATEGORIES}. */
export type ErrorCategory = (typeof ERROR_CATEGORIES)[number];

/**
 * How bad a failure is, from least to most. A severity is only ever raised while an error travels.
 *
 * `LOW` was handled inside the step, `MEDIUM` cost an attempt, `HIGH` cost a task or means that a dependency is
 * down, `CRITICAL` needs a person.
 */
export const SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;

/** One of {@link SEVERITIES}. */
export type Severity = (typeof SEVERITIES)[number];

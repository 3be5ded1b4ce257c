export { standardRecoveryPlugin } from './standard-recovery-plugin.js';
export type {
  EscalateOptions,
  FallbackOptions,
  ResetOptions,
  RetryOptions,
  SkipOptions,
  StandardRecoveryPluginOptions,
  TerminateOptions,
} from './recovery-options.js';
export { RECOVERY_PRESETS, type RecoveryPreset } from './presets.js';
export { describePlan, describePlans } from './describe-plans.js';

export { standardRecoveryPlugin } from './standard-recovery-plugin.js';
export {
  standardRecoveryOptions,
  type EscalateOptions,
  type FallbackOptions,
  type ResetOptions,
  type RetryOptions,
  type SkipOptions,
  type StandardRecoveryPluginOptions,
  type TerminateOptions,
} from './recovery-options.js';
export { RECOVERY_PRESETS, type RecoveryPreset } from './presets.js';
export { describePlan, describePlans } from './describe-plans.js';

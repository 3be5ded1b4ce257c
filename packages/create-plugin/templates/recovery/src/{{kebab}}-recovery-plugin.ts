import type { PluginV1, RecoveryStrategy } from '@master-orchestrator/contracts';
import { version } from './version.js';

/** Options of {@link {{camel}}RecoveryPlugin}. */
export interface {{pascal}}RecoveryPluginOptions {
  /** Attempts in all, the first included, 1 to 12. @default 3 */ readonly attempts?: number;
  /** The same wait before each further attempt, in milliseconds. @default 1_000 */ readonly waitMs?: number;
}

/** Adds the strategy `{{pascal}}`: tries again after a wait that stays the same. It decides; the run waits and acts. */
export function {{camel}}RecoveryPlugin({ attempts = 3, waitMs = 1_000 }: {{pascal}}RecoveryPluginOptions = {}): PluginV1 {
  const strategy: RecoveryStrategy = {
    name: '{{pascal}}',
    decide({ error, attempt, hasRetryToken, deadlineInMs = Infinity }) {
      const mayRepeat = error.isRetryable && error.isReplaySafe && hasRetryToken;
      const delayMs = Math.max(waitMs, error.retryAfterMs ?? 0);
      // `undefined`: the next strategy of the plan is asked.
      return mayRepeat && attempt < Math.min(attempts, 12) && delayMs < deadlineInMs
        ? { action: 'retry', delayMs }
        : undefined;
    },
  };
  return { specificationVersion: 'v1', name: '{{package}}', version, contributes: { recoveryStrategies: [strategy] } };
}

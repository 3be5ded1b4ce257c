import type { RecoveryStrategy } from '@master-orchestrator/errors';
import { z } from 'zod';

const optionsSchema = z.object({
  attempts: z.int().min(1).max(10).default(3),
  everyMs: z.number().min(0).max(60_000).default(1_000),
});

/** The strategy `STEADY_RETRY`: the same wait before each attempt. It decides; waiting and repeating is the host's. */
export function steadyRetry(): RecoveryStrategy {
  return {
    name: 'STEADY_RETRY',
    decide({ error, attempt, hasRetryToken, deadlineInMs = Infinity }, options) {
      const checked = optionsSchema.safeParse(options);
      if (!checked.success) return undefined;
      const { attempts, everyMs } = checked.data;
      const mayRepeat = error.isRetryable && error.isReplaySafe && hasRetryToken;
      if (!mayRepeat || attempt >= attempts || deadlineInMs <= everyMs) return undefined;
      return { action: 'retry', delayMs: everyMs };
    },
  };
}

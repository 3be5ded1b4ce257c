import type { EventOf, PluginV1, RecoveryStrategy } from '@master-orchestrator/contracts';

/** Options of {@link escalateWebhookPlugin}. */
export interface EscalateWebhookPluginOptions {
  /** Where escalations are posted. */ readonly url: string;
  /** Time for one delivery, in milliseconds. @default 5_000 */ readonly timeoutMs?: number;
}

/** What the webhook gets. */
export interface EscalationNotice {
  readonly escalationId: string;
  readonly taskId: string | undefined;
  readonly code: string;
  readonly question: string;
}

/**
 * Adds the strategy `ASK_AFTER`, which puts a failure before a person after `{ attempts }` attempts, and an event sink
 * that posts each escalation to a webhook. Waiting for the answer is the host's business: the task holds no slot.
 */
export function escalateWebhookPlugin({ url, timeoutMs = 5_000 }: EscalateWebhookPluginOptions): PluginV1 {
  const askAfter: RecoveryStrategy = {
    name: 'ASK_AFTER',
    decide({ error, attempt, canEscalate, hasRetryToken, deadlineInMs = Infinity }, { attempts }) {
      const most = typeof attempts === 'number' && attempts <= 12 ? attempts : 2;
      const canRepeat = error.isRetryable && error.isReplaySafe && hasRetryToken && deadlineInMs > 0;
      if (canRepeat && attempt < most) return { action: 'retry', delayMs: 0 };
      return canEscalate ? { action: 'escalate', reason: `${error.code} after ${attempt} attempts` } : undefined;
    },
  };
  const deliveries = new Set<Promise<void>>();
  const deliver = async ({ taskId, data }: EventOf<'escalation-request'>): Promise<void> => {
    const { escalationId, error, question } = data;
    const notice: EscalationNotice = { escalationId, taskId, code: error.code, question };
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(notice),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`The webhook answered ${response.status}: nobody may know of ${escalationId}.`);
  };
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/example-escalate-webhook',
    version: '0.1.0',
    permissions: ['net'],
    contributes: {
      recoveryStrategies: [askAfter],
      eventSinks: [
        {
          name: 'webhook',
          // What it rejects with is told as a `listener-fail` event; the run does not notice.
          handle(event) {
            if (event.type !== 'escalation-request' || event.data.to !== 'person') return;
            if (event.data.isAlert === false) return; // somebody was woken for the same trouble a moment ago
            const delivery = deliver(event).finally(() => deliveries.delete(delivery));
            deliveries.add(delivery);
            return delivery;
          },
          flush: async () => void (await Promise.allSettled(deliveries)),
        },
      ],
    },
  };
}

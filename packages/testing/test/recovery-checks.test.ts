import type { PluginV1, RecoveryStrategy } from '@master-orchestrator/contracts';
import { createStandardStrategies, type FailureContext } from '@master-orchestrator/errors';
import { describe, expect, it } from 'vitest';
import { describeRecoveryPlugin, recoveryPluginChecks } from '../src/index.js';
import { failing, found } from './failing-checks.js';

const retry: RecoveryStrategy = {
  name: 'CAREFUL_RETRY',
  decide({ error, attempt, hasRetryToken, deadlineInMs = Infinity }, { attempts = 3 }) {
    const most = typeof attempts === 'number' && attempts >= 1 ? Math.min(12, attempts) : 3;
    const delayMs = 100 * attempt;
    const mayRetry = error.isRetryable && error.isReplaySafe && hasRetryToken && delayMs < deadlineInMs;
    return mayRetry && attempt < most ? { action: 'retry', delayMs } : undefined;
  },
};

const pluginWith = (...recoveryStrategies: readonly RecoveryStrategy[]): PluginV1 => ({
  specificationVersion: 'v1',
  name: '@acme/recovery',
  version: '1.0.0',
  contributes: { recoveryStrategies },
});

const deciding = (
  decide: (failure: FailureContext, options: Readonly<Record<string, unknown>>) => unknown,
): RecoveryStrategy => ({ name: 'BROKEN', decide }) as RecoveryStrategy;
const failingOf = (decide: Parameters<typeof deciding>[0]): Promise<readonly string[]> =>
  failing(recoveryPluginChecks(pluginWith(deciding(decide)), { runs: 200 }));

await describeRecoveryPlugin(pluginWith(retry), { options: { CAREFUL_RETRY: [{ attempts: 6 }] } });

describe('recoveryPluginChecks', () => {
  it.each(createStandardStrategies())('pass for the standard strategy $name', async (strategy) => {
    expect(await failing(recoveryPluginChecks(pluginWith(strategy), { runs: 300 }))).toEqual([]);
  });

  let count = 0;
  it.each<[string, Parameters<typeof deciding>[0]]>([
    ['strategy-pure', () => (count++ % 2 === 0 ? { action: 'reset', scope: 'context' } : undefined)],
    ['strategy-bounds', ({ attempt }) => (attempt < 3 ? { action: 'retry', delayMs: 1 } : undefined)],
    [
      'strategy-bounds',
      (failure, options) => {
        const decision = retry.decide(failure, options);
        return decision === undefined ? undefined : { ...decision, maxAttempts: failure.attempt };
      },
    ],
    ['strategy-bounds', () => ({ action: 'escalate', reason: 'ask' })],
    [
      'strategy-bounds',
      ({ fallbacks }) => (fallbacks.length > 1 ? { action: 'fallback', target: 'nowhere' } : undefined),
    ],
    ['strategy-ends', () => ({ action: 'reset', scope: 'context' })],
    ['strategy-options', (_failure, options) => ('scope' in options && options['scope'] === 'six' ? 5 : undefined)],
  ])('finds what breaks %s, and nothing else', async (rule, decide) => {
    const broken = await failingOf(decide);
    expect(broken.filter((each) => !(rule === 'strategy-bounds' && each === 'strategy-ends'))).toEqual([rule]);
  });

  it.each<[string, Parameters<typeof deciding>[0], string]>([
    ['throws', ({ declaredResult }) => void (declaredResult as { rows: unknown }).rows, 'threw TypeError'],
    ['gives a promise', async () => undefined, 'a promise'],
    ['gives an unknown action', () => ({ action: 'panic' }), '"panic"'],
    ['waits a negative time', () => ({ action: 'retry', delayMs: -1 }), 'no decision'],
    ['tells attempts that are no number', () => ({ action: 'retry', delayMs: 1, maxAttempts: '3' }), 'no decision'],
    ['waits no number', () => ({ action: 'retry', delayMs: NaN }), 'no decision'],
  ])('finds one that %s', async (_what, decide, message) => {
    const checks = recoveryPluginChecks(pluginWith(deciding(decide)), { runs: 200 });
    expect(await found(checks, 'strategy-total')).toContain(message);
  });

  it('finds one that changes the failure', async () => {
    const broken = await failingOf((failure) => {
      (failure.fallbacks as string[]).pop();
      return undefined;
    });
    expect(broken).toContain('strategy-pure');
  });

  it('finds one that blocks', async () => {
    let isFirst = true;
    const checks = recoveryPluginChecks(
      pluginWith(
        deciding(() => {
          const until = performance.now() + (isFirst ? 300 : 0);
          while (performance.now() < until);
          isFirst = false;
          return undefined;
        }),
      ),
      { runs: 5 },
    );
    expect(await found(checks, 'strategy-quick')).toContain('ms to decide');
  });

  it('finds names that come twice, and a plugin without strategies', async () => {
    expect(await failing(recoveryPluginChecks(pluginWith(retry, retry), { runs: 5 }))).toEqual(['strategies-some']);
    expect(await failing(recoveryPluginChecks(pluginWith()))).toEqual(['strategies-some']);
  });

  it('finds a name no plan can write', async () => {
    const checks = recoveryPluginChecks(pluginWith({ ...retry, name: 'my retry' }), { runs: 5 });
    expect(await failing(checks)).toEqual(['strategy-shape']);
  });
});

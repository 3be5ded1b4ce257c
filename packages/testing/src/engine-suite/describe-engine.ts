import type { EngineSubject, EngineSuiteOptions } from './engine-check.js';
import { ENGINE_CHECKS } from './engine-checks.js';
import { runEngineCheck } from './run-engine-check.js';

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Declares every check of the engine suite as a vitest test. Needs vitest, and `await` at the top of the test file.
 *
 * @param name - Heading of the tests.
 */
export async function describeEngine(
  name: string,
  subject: EngineSubject,
  options: EngineSuiteOptions = {},
): Promise<void> {
  const { describe, it } = await import('vitest');
  describe(name, () => {
    for (const check of ENGINE_CHECKS) {
      it(`${check.group}: ${check.name}`, { timeout: check.timeoutMs ?? DEFAULT_TIMEOUT_MS }, async (context) => {
        const result = await runEngineCheck(check, subject, options);
        if (result.outcome === 'exempt') context.skip(result.reason);
        if (result.outcome === 'failed') throw result.error;
      });
    }
  });
}

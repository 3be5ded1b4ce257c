import type { EngineCheck, EngineSubject, EngineSuiteOptions } from './engine-check.js';
import { EngineLab } from './engine-lab.js';

/** What became of a check. */
export type EngineCheckOutcome =
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'exempt'; readonly reason: string }
  | { readonly outcome: 'failed'; readonly error: unknown };

/**
 * Runs one check on a store of its own and removes the store afterwards.
 *
 * @returns what became of it; it never rejects.
 */
export async function runEngineCheck(
  check: EngineCheck,
  subject: EngineSubject,
  options: EngineSuiteOptions = {},
): Promise<EngineCheckOutcome> {
  const lab = await EngineLab.create(subject, options);
  try {
    const { caps } = await lab.unstarted();
    const reason = check.isExempt?.(caps, subject);
    if (reason !== undefined) return { outcome: 'exempt', reason };
    await check.run(lab);
    return { outcome: 'passed' };
  } catch (error) {
    return { outcome: 'failed', error };
  } finally {
    await lab.close();
  }
}

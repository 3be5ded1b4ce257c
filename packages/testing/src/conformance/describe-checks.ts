import type { Check } from './check.js';

/** Least time for one check under vitest, in milliseconds. */
const CHECK_TIMEOUT_MS = 60_000;

/**
 * Makes a vitest suite of a list of checks: one `describe` a subject, one `it` a check. A failure tells the rule, why
 * it matters and what to change. Must be awaited at the top level of a test file.
 *
 * @param timeoutMs - Time that a check may need, in milliseconds.
 * @throws Error where vitest is not installed.
 */
export async function describeChecks(title: string, checks: readonly Check[], timeoutMs = 0): Promise<void> {
  const { describe, it } = await import('vitest');
  const subjects = new Set(checks.map((check) => check.subject));
  describe(title, () => {
    for (const subject of subjects) {
      describe(subject, () => {
        for (const check of checks.filter((each) => each.subject === subject)) {
          it(check.name.slice(subject.length + 2), () => explained(check), Math.max(timeoutMs, CHECK_TIMEOUT_MS));
        }
      });
    }
  });
}

async function explained(check: Check): Promise<void> {
  try {
    await check.run();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const message = `${found}\n  rule: ${check.rule}\n  why: ${check.why}\n  fix: ${check.fix}`;
    throw new Error(message, { cause: error });
  }
}

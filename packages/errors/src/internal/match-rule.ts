import type { ErrorRule, FailureSign } from '../recovery.js';

/** The first rule that matches. A rule that throws is as if it did not match. */
export function matchRule(rules: readonly ErrorRule[] | undefined, sign: FailureSign): ErrorRule | undefined {
  if (rules === undefined) return undefined;
  for (const rule of rules) {
    try {
      if (rule.matches(sign)) return rule;
    } catch {
      // A row of a plugin must not hide a failure behind its own.
    }
  }
  return undefined;
}

import { runChecks, type Check } from '../src/index.js';

/** The rules that are broken, with the subject where it matters. */
export async function failing(checks: readonly Check[]): Promise<readonly string[]> {
  const reports = await runChecks(checks);
  return reports.filter(({ outcome }) => outcome === 'fail').map(({ rule }) => rule);
}

/** What the check of a rule found. */
export async function found(checks: readonly Check[], rule: string): Promise<string | undefined> {
  const reports = await runChecks(checks.filter((check) => check.rule === rule));
  return reports[0]?.found;
}

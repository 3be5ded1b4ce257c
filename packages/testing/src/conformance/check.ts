/** One rule that something third-party must keep, and the way to find out. */
export interface Check {
  /** Stable name of the rule, for example `tool-abort`. */ readonly rule: string;
  /** What is checked: a tool, template, strategy, model or the plugin itself. */ readonly subject: string;
  /** `<subject>: <what must hold>`; a true sentence when it passes. */ readonly name: string;
  /** What goes wrong in a run where the rule is broken. */ readonly why: string;
  /** What to change. */ readonly fix: string;
  /** @throws Error that says what was found instead. */ run(): Promise<void>;
}

/** How a check ended. `known`: it failed and the baseline foresaw it. `mended`: the baseline is out of date. */
export interface CheckReport extends Omit<Check, 'run'> {
  readonly outcome: 'pass' | 'fail' | 'known' | 'mended';
  /** What was found; failed checks. */ readonly found?: string;
  readonly durationMs: number;
}

/** Options of {@link runChecks}. */
export interface RunChecksOptions {
  /**
   * Failures that are known, as `<subject>/<rule>`: they count as `known`, and as `mended` once they pass.
   *
   * @default none
   */
  readonly baseline?: readonly string[];
  /** Time for one check, in milliseconds. @default 60_000 */ readonly timeoutMs?: number;
}

/** Identifies a check in a baseline or a list of skips: `<subject>/<rule>`. */
export function checkId({ subject, rule }: Pick<Check, 'subject' | 'rule'>): string {
  return `${subject}/${rule}`;
}

/** Runs checks one after the other. Never rejects: what a check throws is in its report. */
export async function runChecks(
  checks: readonly Check[],
  options: RunChecksOptions = {},
): Promise<readonly CheckReport[]> {
  const { baseline = [], timeoutMs = 60_000 } = options;
  const reports: CheckReport[] = [];
  for (const check of checks) {
    const startedAt = performance.now();
    const found = await foundBy(check, timeoutMs);
    const isKnown = baseline.includes(checkId(check));
    const { rule, subject, name, why, fix } = check;
    reports.push({
      rule,
      subject,
      name,
      why,
      fix,
      outcome: found === undefined ? (isKnown ? 'mended' : 'pass') : isKnown ? 'known' : 'fail',
      ...(found === undefined ? {} : { found }),
      durationMs: performance.now() - startedAt,
    });
  }
  return reports;
}

/** A rule without its subject. */
export interface Rule {
  readonly rule: string;
  readonly holds: string;
  readonly why: string;
  readonly fix: string;
}

/** Applies a rule to a subject. */
export function checkOf(subject: string, { rule, holds, why, fix }: Rule, run: () => void | Promise<void>): Check {
  return { rule, subject, name: `${subject}: ${holds}`, why, fix, run: async () => run() };
}

/** Leaves out the checks that a list of `<rule>` and `<subject>/<rule>` names. */
export function withoutSkipped(checks: readonly Check[], skip: readonly string[] = []): readonly Check[] {
  return checks.filter((check) => !skip.includes(check.rule) && !skip.includes(checkId(check)));
}

/** A value in a message: short, and never a throw. */
export function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  try {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 300 ? `${text.slice(0, 300)}…` : text;
  } catch {
    return Object.prototype.toString.call(value);
  }
}

async function foundBy(check: Check, timeoutMs: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`The check did not end within ${timeoutMs} ms.`), timeoutMs);
  });
  try {
    return await Promise.race([check.run().then(() => undefined), limit]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

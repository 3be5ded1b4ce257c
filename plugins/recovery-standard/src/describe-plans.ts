import type { PlanEntry, PlanTable, RecoveryPlan } from '@master-orchestrator/errors';

/** A plan in one line, such as `RETRY 6; FALLBACK; RETRY parked; ESCALATE`. */
export function describePlan(plan: RecoveryPlan): string {
  return plan.map(entryText).join('; ');
}

/** Plans as a Markdown table, one key a row, in the order of the table. */
export function describePlans(plans: PlanTable): string {
  const rows = Object.entries(plans).map(([key, plan]) => [`\`${key}\``, describePlan(plan)] as const);
  const head = ['Key', 'Tried in this order'] as const;
  const width = (column: 0 | 1): number => Math.max(...[head, ...rows].map((row) => row[column].length));
  const line = ([key, text]: readonly [string, string]): string =>
    `| ${key.padEnd(width(0))} | ${text.padEnd(width(1))} |`;
  const rule = `| ${'-'.repeat(width(0))} | ${'-'.repeat(width(1))} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

function entryText({ strategy, options = {} }: PlanEntry): string {
  return [strategy, ...Object.entries(options).map(([name, value]) => settingText(name, value))].join(' ');
}

/** The number of RETRY and RESET needs no name; a flag is its name alone. */
function settingText(name: string, value: unknown): string {
  if (value === true) return name;
  if (name === 'attempts') return String(value);
  if (name === 'times') return `${String(value)} times`;
  if (name === 'scope') return String(value);
  if (name === 'baseMs') return `from ${String(value)} ms`;
  return `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

import {
  createStandardStrategies,
  ERROR_CATALOG,
  ERROR_CATEGORIES,
  STANDARD_PLANS,
  type PlanTable,
} from '@master-orchestrator/errors';
import { expect, it } from 'vitest';
import { describePlan, describePlans, RECOVERY_PRESETS } from '../src/index.js';

/** Splits a table into plans of categories and plans of codes. */
function split(plans: PlanTable): { categories: PlanTable; codes: PlanTable } {
  const isCategory = ([key]: [string, unknown]): boolean =>
    ERROR_CATEGORIES.some((category) => key.split(':')[0] === category);
  const entries = Object.entries(plans);
  return {
    categories: Object.fromEntries(entries.filter(isCategory)),
    codes: Object.fromEntries(entries.filter((entry) => !isCategory(entry))),
  };
}

function page(): string {
  const { categories, codes } = split(STANDARD_PLANS);
  const presets = Object.entries(RECOVERY_PRESETS);
  return [
    '# Recovery plans',
    '',
    'What is tried about a failure, in this order. A plan never goes back, and after its last entry it ends in TERMINATE;',
    'for a tool call, the model is told. A number after RETRY counts attempts, the first included.',
    '',
    '## By category',
    '',
    'Where a code has no plan of its own.',
    '',
    describePlans(categories),
    '',
    '## By code',
    '',
    '`<code>@<status>` and `<code>@<Node code>` go before `<code>`, and `tool-call:<code>` before both for a tool call.',
    '',
    describePlans(codes),
    '',
    ...presets.flatMap(([name, plans]) => [
      `## Preset \`${name}\``,
      '',
      'What it names replaces the standard plan of the same key.',
      '',
      describePlans(plans),
      '',
    ]),
  ].join('\n');
}

it('has a page of all plans that is up to date (vitest -u writes it)', async () => {
  await expect(page()).toMatchFileSnapshot('../docs/plans.md');
});

it.each([['STANDARD_PLANS', STANDARD_PLANS] as const, ...Object.entries(RECOVERY_PRESETS)])(
  'names in %s only codes, categories and strategies that exist',
  (_name, plans) => {
    const strategies = createStandardStrategies().map(({ name }) => name);
    const codes = [...Object.keys(ERROR_CATALOG), ...ERROR_CATEGORIES];
    for (const [key, plan] of Object.entries(plans)) {
      const [code = ''] = key.replace(/^tool-call:/, '').split(/[:@]/);
      expect(codes, key).toContain(code);
      expect(plan.length, key).toBeGreaterThan(0);
      for (const { strategy } of plan) expect(strategies, key).toContain(strategy);
    }
  },
);

it('writes a plan in one line', () => {
  expect(
    describePlan([
      { strategy: 'RETRY', options: { attempts: 6, baseMs: 1_000 } },
      { strategy: 'RETRY', options: { parked: true } },
      { strategy: 'RESET', options: { scope: 'context', times: 2 } },
      { strategy: 'page-somebody', options: { team: 'night' } },
    ]),
  ).toBe('RETRY 6 from 1000 ms; RETRY parked; RESET context 2 times; page-somebody team night');
});

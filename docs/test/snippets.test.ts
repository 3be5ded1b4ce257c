import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';

const folder = join(import.meta.dirname, '../snippets');

/** What each program of the documentation prints. */
const OUTPUT: Readonly<Record<string, string>> = {
  'approvals.ts': 'asked: refund\nThe refund is on its way. [ 40 ]',
  'budgets.ts': 'one? answered\ntwo? answered\nthree? BUDGET_LIMIT\n2 requests left the process',
  'custom-model.ts': '3 words',
  'custom-recovery.ts': 'retry\nWell again.',
  'custom-template.ts': 'mean 9',
  'custom-tool.ts': '{ bags: 12 }\nTOOL_FORBIDDEN',
  'durable.ts': 'answer 1\nanswer 1\n1 model call',
  'events.ts': 'calculate_metrics: ok\ncompleted\ntrue',
  'http-api.ts': '200 true',
  'structured-output.ts': '13\n2 requests: the first answer did not fit, the model was told why',
  'team-shapes.ts': 'completed 2\ncompleted 15\ncompleted 7',
  'test-an-agent.ts': 'The mean is 2. tool ran',
};

afterEach(() => vi.restoreAllMocks());

it('knows what every program prints', () => {
  expect(readdirSync(folder).toSorted()).toEqual(Object.keys(OUTPUT).toSorted());
});

it.each(Object.entries(OUTPUT))('%s runs and prints what the page says', async (file, expected) => {
  const { format } = await import('node:util');
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => void lines.push(format(...values)));
  await import(join(folder, file));
  expect(lines.join('\n')).toContain(expected);
});

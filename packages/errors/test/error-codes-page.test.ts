import { describe, expect, it } from 'vitest';
import {
  docsAnchor,
  ERROR_CATALOG,
  findPlan,
  OrchestratorError,
  STANDARD_PLANS,
  type CatalogEntry,
  type PlanEntry,
} from '../src/index.js';

describe('the page of error codes', () => {
  it('is up to date (vitest -u writes it)', async () => {
    await expect(page()).toMatchFileSnapshot('../docs/error-codes.md');
  });

  it('has a heading for every anchor', () => {
    const headings = new Set(
      page()
        .split('\n')
        .filter((line) => line.startsWith('## '))
        .map((line) => line.slice(3).toLowerCase()),
    );
    for (const code of Object.keys(ERROR_CATALOG)) expect(headings).toContain(docsAnchor(code).split('#')[1]);
  });
});

function page(): string {
  const intro = [
    '# Error codes',
    '',
    'Every failure has one of these codes. Starting values: an error may say otherwise in a single case, and its severity',
    'may be raised on its way. Plans are the defaults for a step that is no tool call; every plan ends in TERMINATE.',
    '',
  ];
  const codes = Object.keys(ERROR_CATALOG).sort();
  return [...intro, ...codes.flatMap((code) => section(code, ERROR_CATALOG[code as keyof typeof ERROR_CATALOG]))].join(
    '\n',
  );
}

function section(code: string, entry: CatalogEntry): string[] {
  const { plan } = findPlan(STANDARD_PLANS, {
    error: new OrchestratorError(code, 'x'),
    step: { kind: 'model-call', name: 'x' },
  });
  const summary = entry.summary ?? '';
  return [
    `## ${code}`,
    '',
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}. ${entry.advice}`,
    '',
    `- Category: ${entry.category}, severity: ${entry.severity}`,
    `- Retryable: ${entry.isRetryable ? 'yes' : 'no'}, replay-safe: ${entry.isReplaySafe ? 'yes' : 'no'}`,
    `- Plan: ${code === 'CANCELLED' ? 'none, it is an outcome' : plan.map(entryText).join('; ')}`,
    '',
  ];
}

function entryText({ strategy, options = {} }: PlanEntry): string {
  const words = Object.entries(options).map(([name, value]) => (value === true ? name : `${name} ${String(value)}`));
  return words.length === 0 ? strategy : `${strategy} (${words.join(', ')})`;
}

import type { TaskSettlement } from '@master-orchestrator/core';
import type { Architecture, CodeReview } from '@master-orchestrator/templates-development';

type Settled = TaskSettlement | undefined;

/** A review as lines: verdict, summary, one line a finding. */
export function reviewInWords(settled: Settled): string {
  if (settled?.status !== 'completed') return `No review: ${settled?.error.message ?? 'not run'}`;
  const { verdict, summary, findings, filesReviewed } = settled.result.output as CodeReview;
  const lines = findings.map(
    ({ file, line, severity, title }) =>
      `- ${severity}: ${title} (${file ?? 'no file'}${line === null ? '' : `:${line}`})`,
  );
  return [`Verdict: ${verdict}`, summary, ...lines, `Files read: ${filesReviewed.join(', ') || 'none'}`].join('\n');
}

/** A judgement of the structure as lines. */
export function architectureInWords(settled: Settled): string {
  if (settled?.status !== 'completed') return `No judgement: ${settled?.error.message ?? 'not run'}`;
  const { summary, components, risks } = settled.result.output as Architecture;
  return [
    summary,
    ...components.map(({ name, responsibility }) => `- ${name}: ${responsibility}`),
    ...risks.map(({ severity, risk }) => `- ${severity} risk: ${risk}`),
  ].join('\n');
}

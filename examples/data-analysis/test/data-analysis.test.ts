import { buildExample, runExample } from '@master-orchestrator/example-support/testing';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'data-analysis-'));
beforeAll(() => buildExample('data-analysis'), 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('analyses three datasets at the same time and writes one report with the figures of all', async () => {
  const { code, out, err } = await runExample('data-analysis', { folder });
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toContain('3 of 3 datasets analysed');
  const lines = out.split('\n').filter((line) => line.startsWith('  data-analyst: '));
  const firstEnd = lines.findIndex((line) => line.includes('completed'));
  expect(lines.slice(0, firstEnd).filter((line) => line.endsWith('starts'))).toHaveLength(3);
  expect(out.indexOf('report-writer: starts')).toBeGreaterThan(out.lastIndexOf('data-analyst: completed'));
  const reports = readdirSync(join(folder, 'reports'));
  const report = readFileSync(join(folder, 'reports', reports.find((file) => file.endsWith('.md')) ?? ''), 'utf8');
  for (const figure of ['mean 499.125', 'mean 48.875', 'mean 6.15', '0.967']) expect(report).toContain(figure);
});

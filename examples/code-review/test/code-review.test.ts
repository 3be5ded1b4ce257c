import { buildExample, runExample } from '@master-orchestrator/example-support/testing';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'code-review-'));
beforeAll(() => buildExample('code-review'), 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('reviews its own folder: both agents at once, then one report', async () => {
  const { code, out, err } = await runExample('code-review', { folder });
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toContain('Verdict: approve');
  expect(out).toMatch(/Files read: .*src\/main\.ts/);
  const starts = [out.indexOf('code-reviewer: starts'), out.indexOf('system-architect: starts')];
  const ends = [out.indexOf('code-reviewer: completed'), out.indexOf('system-architect: completed')];
  expect(Math.min(...starts)).toBeGreaterThan(-1);
  expect(Math.max(...starts)).toBeLessThan(Math.min(...ends));
  expect(out.indexOf('documentation-writer: starts')).toBeGreaterThan(Math.max(...ends));
});

it('finds the fault in a folder given to it, with its line, and says so in the report', async () => {
  const project = join(folder, 'broken');
  mkdirSync(project);
  writeFileSync(join(project, 'add.js'), 'export function add(a, b) {\n  return a + ;\n}\n');
  const { code, out } = await runExample('code-review', { folder, args: [project, join(folder, 'out')] });
  expect(code).toBe(0);
  expect(out).toContain('Verdict: request-changes');
  expect(out).toMatch(/- (critical|high): .*\(add\.js:2\)/);
  const reports = readdirSync(join(folder, 'out'));
  const report = readFileSync(join(folder, 'out', reports.find((file) => file.endsWith('.md')) ?? ''), 'utf8');
  expect(report).toContain('add.js:2');
});

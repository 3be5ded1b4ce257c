import { buildExample, runExample } from '@master-orchestrator/example-support/testing';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'master-goal-'));
beforeAll(() => buildExample('master-goal'), 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('shows the plan, makes two agents, and says who did what', async () => {
  const { code, out, err } = await runExample('master-goal', { folder });
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toContain('Plan:');
  expect(out).toMatch(/new agent from report-writer, after t1, t2, t3/);
  expect(out).toContain('Goal completed.');
  expect(out).toContain('2 agents were made for the goal');
  const doers = [...out.matchAll(/^ {2}t\d: (\S+?)(?:, made for this goal)?: completed in/gm)].map(([, name]) => name);
  expect(new Set(doers)).toEqual(new Set(['data-analyst', 'data-engineer', 'code-reviewer', 'report-writer']));
  expect(readdirSync(join(folder, 'reports')).some((file) => file.endsWith('.html'))).toBe(true);
});

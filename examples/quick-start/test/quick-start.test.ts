import { buildExample, runExample } from '@master-orchestrator/example-support/testing';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'quick-start-'));
beforeAll(() => buildExample('quick-start'), 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('runs the program of the README: figures, a report, and who answered', async () => {
  const { code, out, err } = await runExample('quick-start', { folder });
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toMatch(/mean 3\b/);
  expect(out).toMatch(/offline/i);
  expect(existsSync(join(folder, 'node_modules'))).toBe(false);
});

import { buildExample, runExample } from '@master-orchestrator/example-support/testing';
import { refusedOrigin, startJsonServer } from '@master-orchestrator/testing';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'security-analyst-'));
beforeAll(() => buildExample('security-analyst'), 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('checks the code, looks at its own sample page and writes a report', async () => {
  const { code, out, err } = await runExample('security-analyst', { folder });
  expect(err).toBe('');
  expect(code).toBe(0);
  for (const tool of ['validate_code', 'http_request', 'generate_report']) expect(out).toContain(`${tool} ok`);
  expect(out).toMatch(/line \d+/);
  expect(readdirSync(join(folder, 'reports')).some((file) => file.endsWith('.html'))).toBe(true);
});

it('looks at the page that is given, by GET alone', async () => {
  await using page = await startJsonServer(() => [200, { service: 'login', version: '1.0' }]);
  const { code, out } = await runExample('security-analyst', { folder, args: [`${page.url}status`] });
  expect(code).toBe(0);
  expect(out).toContain('http_request ok');
  expect(page.requests.length).toBeGreaterThan(0);
  expect(page.requests.every(({ method }) => method === 'GET')).toBe(true);
});

it('goes on and says so where the page cannot be reached', async () => {
  const { code, out } = await runExample('security-analyst', { folder, args: [`${await refusedOrigin()}/`] });
  expect(code).toBe(0);
  expect(out).toMatch(/http_request (CONNECTION_FAILED|BREAKER_OPEN)/);
  expect(out).toContain('generate_report ok');
}, 60_000);

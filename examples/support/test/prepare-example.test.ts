import { startOpenAIServer } from '@master-orchestrator/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildExample, runExample } from '../src/testing.js';

const folder = mkdtempSync(join(tmpdir(), 'example-support-'));
beforeAll(() => buildExample('router'), 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('takes the model of a compatible server where one is set', async () => {
  await using server = await startOpenAIServer({
    script: ({ rawBody }) => ({ text: rawBody.includes('"specialist"') ? '{"specialist":"writer"}' : 'done' }),
  });
  const env = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'sk-none', DEFAULT_MODEL: 'gpt-4o-mini' };
  const { code, out, err } = await runExample('router', { folder, env });
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toContain(`Model: gpt-4o-mini at ${server.url}`);
  expect(server.requests.every(({ rawBody }) => rawBody.includes('"model":"gpt-4o-mini"'))).toBe(true);
  expect(out.match(/^-> writer$/gm)).toHaveLength(3);
});

it('ends with code, sentence and advice where the service refuses the key', async () => {
  await using server = await startOpenAIServer({ script: () => ({ text: '' }) });
  server.outage(true);
  const env = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'sk-none', RETRY_MAX_ATTEMPTS: '1' };
  const { code, err } = await runExample('router', { folder, env });
  expect(code).toBe(1);
  expect(err).toMatch(/^[A-Z_]+ \([A-Z_]+\): /);
  expect(err).not.toMatch(/^ {4}at /m);
}, 60_000);

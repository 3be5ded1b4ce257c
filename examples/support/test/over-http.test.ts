import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildExample, runExample } from '../src/testing.js';
import { startOfflineRulesServer } from './offline-rules-server.js';

/** What each example prints at least, whichever model answers. */
const WANTED: Readonly<Record<string, readonly RegExp[]>> = {
  'code-review': [/Verdict: approve/, /Files read: .*src\/main\.ts/, /generate_report ok/],
  'data-analysis': [/3 of 3 datasets analysed/, /report-writer: completed/],
  'evaluator-optimizer': [/^revise$/m, /mean 635\.6/, /Accepted after 2 rounds\./],
  'master-goal': [/after t1, t2, t3/, /Goal completed\./, /2 agents were made for the goal/],
  router: [/^-> data-analyst$/m, /^-> code-reviewer$/m, /^-> writer$/m, /median 9/],
  'security-analyst': [/validate_code ok/, /http_request ok/, /generate_report ok/, /line \d+/],
  'third-party-program': [/STEADY_RETRY decides to retry/, /A slow reader makes a fast writer wait/],
  vote: [/a sound change: approve \(2 for/, /a broken change: reject \(0 for, 2 against/, /no verdict: BUDGET_LIMIT/],
};

/** Of a server that speaks Chat Completions. */
const SETTINGS = { OPENAI_API_KEY: 'sk-none', DEFAULT_MODEL: 'gpt-4o-mini', MAO_MODELS__OPENAI__API: 'chat' };

const root = join(import.meta.dirname, '..', '..');
const usesModelOfSettings = (name: string) => {
  const [main] = readdirSync(join(root, name, 'src')).filter((file) => file === 'main.ts');
  return main !== undefined && readFileSync(join(root, name, 'src', main), 'utf8').includes('prepareExample()');
};

it('knows every example that takes its model from the settings', () => {
  const found = readdirSync(root).filter(usesModelOfSettings);
  expect(Object.keys(WANTED).toSorted()).toEqual(found.toSorted());
});

it.each(Object.entries(WANTED))(
  'runs %s against a server that answers Chat Completions by the offline rules',
  async (name, wanted) => {
    await buildExample(name);
    const folder = mkdtempSync(join(tmpdir(), `example-${name}-`));
    try {
      await using server = await startOfflineRulesServer();
      const env = { ...SETTINGS, OPENAI_BASE_URL: server.url };
      const { code, out, err } = await runExample(name, { folder, env });
      server.assertDone();
      expect(err).toBe('');
      expect(code).toBe(0);
      expect(out).toContain(`Model: gpt-4o-mini at ${server.url}`);
      for (const words of wanted) expect(out).toMatch(words);
      expect(new Set(server.requests.map(({ api, outcome }) => `${api} ${outcome}`))).toEqual(new Set(['chat script']));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  240_000,
);

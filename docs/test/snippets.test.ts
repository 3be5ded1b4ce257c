import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'node:util';
import { silentLogger } from '@master-orchestrator/contracts';
import { LocalServer } from '@master-orchestrator/engine-dbos';
import { startOpenAIServer } from '@master-orchestrator/testing';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';

const snippets = join(import.meta.dirname, '../snippets');

/** What each program of the pages and READMEs prints. */
const OUTPUT: Readonly<Record<string, string>> = {
  'approvals.ts': 'asked: refund\nThe refund is on its way. [ 40 ]',
  'budgets.ts': 'one? answered\ntwo? answered\nthree? BUDGET_LIMIT\n2 requests left the process',
  'custom-engine.ts': 'store ok',
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
  'user-context.ts': 'userContext.userId: Invalid input: expected string, received number',
  'readme/config.ts': '10',
  'readme/config-watch.ts': 'watching info',
  'readme/contracts.ts': 'rolled true',
  'readme/contracts-events.ts': 'task_1 completed',
  'readme/core.ts': '17',
  'readme/core-plugins.ts': 'model-offline',
  'readme/core-isolated.ts': "{ city: 'Lisbon', temperature: 21, units: 'metric' }",
  'readme/core-rebind.ts': 'errors.Clock',
  'readme/factory.ts': 'mean 6',
  'readme/factory-master.ts': 'completed',
  'readme/server.ts': 'http://127.0.0.1:',
  'readme/tools.ts': '3\nCurrent weather.',
  'readme/engine-sqlite.ts': '17',
  'readme/engine-dbos.ts': '17',
  'readme/metrics-prometheus.ts': '# TYPE mao_',
  'readme/model-offline.ts': 'count 8, sum 31, mean 3.875, median 3.5',
  'readme/model-openai.ts': 'Because of the air.',
  'readme/model-openai-servers.ts': "[ 'local', 'router', 'azure' ]",
  'readme/prices-openai.ts': 'inputPerMillion',
  'readme/prices-openai-own.ts': '',
  'readme/telemetry-otel.ts': '',
  'readme/templates-data.ts': 'mean 3',
  'readme/templates-development.ts': "file: 'src/app.ts'",
  'readme/tools-analysis.ts': '"mean":2.8',
  'readme/tools-data.ts': '"city":"Lisbon"',
  'readme/tools-files.ts': '# June',
  'readme/tools-reporting.ts': 'text/markdown',
  'readme/tools-web.ts': 'it is not among the allowed hosts',
  'readme/tools-web-host.ts': '',
  'testing/server.ts': 'The sum is 3.',
  'testing/scripted-model.ts': 'items.',
  'testing/server-options.ts': '401  | 200 I would rather not. | 200 Answer 0 to chat',
  'testing/faults.ts': 'Whole. after 2 requests\nfine after 3 requests',
  'testing/clock.ts': 'a minute later\nHere I am.',
  'testing/seeds.ts': 'true false',
  'testing/tool.ts': "{ city: 'Lisbon', temperatureC: 21 }",
  'testing/events.ts': 'completed',
  'testing/checks.ts': 'true 0',
  'testing/cassette.ts': 'Yes, since 2019. true',
};

/** What some of them find where they run. */
const PLACE: Readonly<Record<string, (folder: string) => Promise<void> | void>> = {
  'readme/templates-development.ts': (folder) => {
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'src/app.ts'), 'export const broken = (1;\n');
  },
  'readme/model-openai.ts': async () => {
    const server = await startOpenAIServer({ apiKey: 'sk-test', script: [{ text: 'Because of the air.' }] });
    onTestFinished(() => server[Symbol.asyncDispose]());
    vi.stubEnv('OPENAI_API_KEY', 'sk-test');
    vi.stubEnv('OPENAI_BASE_URL', server.url);
  },
  'readme/engine-dbos.ts': async (folder) => {
    chmodSync(folder, 0o711); // the server's user must be able to enter it where the tests run as root
    const settings = { fsync: 'off', max_connections: '60', shared_buffers: '32MB' };
    const server = new LocalServer(join(folder, 'postgres'), { settings, database: 'tasks' });
    vi.stubEnv('DATABASE_URL', await server.open(silentLogger));
    onTestFinished(() => server.close());
  },
};

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it('knows what every program prints', () => {
  const files = readdirSync(snippets, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const programs = files.filter((file) => !file.startsWith('conformance'));
  expect(programs.toSorted()).toEqual(Object.keys(OUTPUT).toSorted());
});

it.each(Object.entries(OUTPUT))('%s runs and prints what the page says', async (file, expected) => {
  const folder = mkdtempSync(join(tmpdir(), 'snippet-'));
  const before = process.cwd();
  onTestFinished(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  });
  await PLACE[file]?.(folder);
  process.chdir(folder);
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => void lines.push(format(...values)));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  await import(join(snippets, file));
  vi.restoreAllMocks();
  expect(lines.join('\n')).toContain(expected);
});

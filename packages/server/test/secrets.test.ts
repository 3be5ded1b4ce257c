import { defineTool, type PluginV1 } from '@master-orchestrator/contracts';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import { ToolFailedError } from '@master-orchestrator/errors';
import { prometheusMetricsPlugin } from '@master-orchestrator/metrics-prometheus';
import { scriptedModel, type ModelStep, type ScriptedModel } from '@master-orchestrator/testing';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { openStream } from './support/read-stream.js';
import { call, startServer, type TestServer } from './support/start-server.js';

/** Twelve secrets by where they are planted. Those of the settings have no form of their own: their value alone gives them away. */
const SETTINGS = {
  adminKey: 'violet-anchor-4711-lantern-admin',
  apiKey: 'quiet-harbour-0815-compass-model',
  pluginToken: 'amber-thicket-1234-plugin-token',
  phrase: 'correct horse battery staple forty-two',
} as const;
const PROMPTS = {
  key: 'sk-proj-Prompt0aaaaBBBBccccDDDDeeee1111',
  token: 'ghp_Prompt1aaaabbbbccccddddeeeeffff2222',
  pem: '-----BEGIN PRIVATE KEY-----\nPrompt2MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----',
  address: 'postgres://owner:Prompt3hunter2hunter2@db.example/orders',
} as const;
const RESULTS = {
  bearer: 'Authorization: Bearer Result0aaaabbbbccccddddeeee',
  cloud: 'AKIARESULT1AAAABBBBC',
  session: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJSZXN1bHQyIn0.Result2signatureabcdef',
  password: '{"password":"Result3-correct-horse"}',
} as const;

/** What must be found nowhere: the part of each that is the secret. */
const NEEDLES = [
  ...Object.values(SETTINGS),
  PROMPTS.key,
  PROMPTS.token,
  'Prompt2MIIEvQ',
  'Prompt3hunter2',
  'Result0aaaa',
  RESULTS.cloud,
  'Result2signature',
  'Result3-correct',
];

const everything = Object.values(SETTINGS).join(' and ');

const lookUp = defineTool({
  name: 'look_up',
  description: 'Looks something up.',
  inputSchema: z.object({}),
  accessLevel: 'public',
  effect: 'pure',
  execute: async (_input, context) => {
    context.progress({ found: everything });
    return { lines: Object.values(RESULTS), also: everything };
  },
});
const breakDown = defineTool({
  name: 'break_down',
  description: 'Fails.',
  inputSchema: z.object({}),
  accessLevel: 'public',
  effect: 'pure',
  execute: async () => {
    throw new ToolFailedError('break_down', `could not log in with ${everything} ${RESULTS.cloud}`);
  },
});

/** Its metrics fail with words that hold secrets. */
const leaky: PluginV1 = {
  specificationVersion: 'v1',
  name: '@test/leaky',
  version: '1.0.0',
  contributes: {
    metrics: [
      {
        name: 'leaky',
        contentType: 'text/plain',
        render: () => Promise.reject(new Error(`no metrics with ${everything} ${RESULTS.cloud}`)),
      },
    ],
  },
};

/** Calls both tools, then says everything it was given. */
function gossip(): ScriptedModel {
  const answer = (index: number, said: string): ModelStep => {
    if (index === 0) return { toolCalls: [{ name: 'look_up', arguments: {} }] };
    if (index === 1) return { toolCalls: [{ name: 'break_down', arguments: {} }] };
    return { text: `Heard: ${said} ${everything} ${PROMPTS.key}` };
  };
  return scriptedModel((request, index) => answer(index, JSON.stringify(request.items)));
}

function startPlanted(folder: string, model: ScriptedModel, lines: string[]): Promise<TestServer> {
  const config = {
    engine: { address: `sqlite:${join(folder, 'tasks.db')}`, dataDirectory: folder },
    models: { openai: { apiKey: SETTINGS.apiKey } },
    server: { auth: { enabled: true, adminKey: SETTINGS.adminKey } },
    plugins: { '@acme/weather': { token: { $secret: SETTINGS.pluginToken }, phrase: { $secret: SETTINGS.phrase } } },
  };
  const write = (fields: unknown, text?: string): void => void lines.push(JSON.stringify([fields, text]));
  const logger = { debug: write, info: write, warn: write, error: write };
  return startServer({
    config,
    logger,
    orchestrator: {
      config,
      logger,
      plugins: [sqliteEnginePlugin(), prometheusMetricsPlugin(), leaky],
      tools: [lookUp, breakDown],
      models: [model],
    },
  });
}

function expectNone(text: string, where: string): void {
  for (const needle of NEEDLES) {
    const forms = [needle, JSON.stringify(needle).slice(1, -1), encodeURIComponent(needle)];
    for (const form of forms)
      if (text.includes(form)) expect.fail(`${where} holds "${needle}": …${around(text, form)}…`);
  }
}

function around(text: string, needle: string): string {
  const at = text.indexOf(needle);
  return text.slice(Math.max(0, at - 80), at + 80);
}

const READS = [
  '/api/v1/agents',
  '/api/v1/agents/helper',
  '/api/v1/agents/helper/statistics',
  '/api/v1/agents/helper/tools',
  '/api/v1/tasks',
  '/api/v1/tools',
  '/api/v1/tools/decisions',
  '/api/v1/approvals?status=all',
  '/api/v1/escalations?status=all',
  '/api/v1/dead-letters?status=all',
  '/api/v1/statistics',
  '/api/v1/plugins',
  '/api/v1/config',
  '/api/v1/keys',
  '/api/v1/budgets',
  '/api/v1/grants',
  '/v1/models',
  '/health',
  '/metrics',
  '/openapi.json',
];

it('lets none of twelve planted secrets into answers, events, log lines, or stored rows', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const lines: string[] = [];
  const model = gossip();
  const test = await startPlanted(folder, model, lines);
  const raw: string[] = [];
  test.orchestrator.listen('raw', (event) => raw.push(JSON.stringify(event)));
  const answers: string[] = [];
  const ask = async (method: string, path: string, body?: unknown): Promise<{ id: string }> => {
    const answer = await call(test.url, method, path, { key: SETTINGS.adminKey, body });
    answers.push(`${method} ${path} ${JSON.stringify([...answer.headers])} ${answer.text}`);
    return answer.body;
  };
  const prompt = `Use ${Object.values(PROMPTS).join(' , ')} and ${everything}.`;
  await ask('POST', '/api/v1/agents', {
    id: 'helper',
    name: 'Helper',
    instructions: `Help. ${prompt}`,
    description: prompt,
    tools: ['look_up', 'break_down'],
  });
  await using stream = await openStream(`${test.url}/api/v1/events`, { authorization: `Bearer ${SETTINGS.adminKey}` });
  const { id } = await ask('POST', '/api/v1/runs', {
    description: prompt,
    agentId: 'helper',
    labels: { note: everything },
  });
  const told = await stream.until(({ event, data }) => event === 'task-end' && data.includes(id));
  await ask('POST', '/api/v1/tasks', { description: 5 + prompt, agentId: `nobody-${SETTINGS.apiKey}` });
  await ask('POST', '/v1/chat/completions', { model: 'helper', messages: [{ role: 'user', content: prompt }] });
  await ask('POST', '/v1/responses', { model: 'helper', input: prompt });
  for (const path of [...READS, `/api/v1/tasks/${id}`, `/api/v1/tasks/${id}/steps`]) await ask('GET', path);
  await test.server.shutdown({ drainMs: 0 });
  expect(JSON.stringify(told)).toContain('[redacted]');
  expectNone(told.map(({ data }) => data).join('\n'), 'the stream of events');
  expectNone(raw.filter((line) => !line.includes('"model-call-delta"')).join('\n'), 'the stream inside the process');
  expect(answers.join('\n')).toContain('the metrics of plugin "@test/leaky" are missing');
  for (const answer of answers) expectNone(answer, answer.slice(0, 60));
  expectNone(lines.join('\n'), 'the log');
  for (const file of readdirSync(folder)) expectNone(readFileSync(join(folder, file), 'latin1'), file);
}, 60_000);

it('gives the model the prompt without the secrets, and everything else of it unchanged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const model = scriptedModel(() => ({ text: 'Done.' }));
  await using test = await startPlanted(folder, model, []);
  await test.orchestrator.createAgent({ name: 'Helper', instructions: 'Help.' }, { id: 'helper' });
  const code = 'function login(token: string): void { send({ password: request.body.password }); }';
  const id = await test.orchestrator.createTask({ description: `${code} ${SETTINGS.phrase}`, agentId: 'helper' });
  await test.orchestrator.executeTask(id);
  expect(JSON.stringify(model.requests)).toContain(JSON.stringify(`${code} [redacted]`).slice(1, -1));
});

import { defineTool } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { prometheusMetricsPlugin } from '@master-orchestrator/metrics-prometheus';
import { scriptedModel, virtualClock, type ModelStepFunction } from '@master-orchestrator/testing';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { NO_PROMETHEUS, prometheusProgram, promtool, startPrometheus } from './support/prometheus.js';
import { ADMIN_KEY, startServer, withAuth, type TestServer } from './support/start-server.js';
import { whileTimeGoesOn } from './support/while-time-goes-on.js';

const PROMPT = 'Count the marbles of Mr Periwinkle';

const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  accessLevel: 'public',
  effect: 'pure',
  execute: async ({ a, b }) => a + b,
});

const broken = defineTool({
  name: 'broken',
  description: 'Never works.',
  inputSchema: z.object({}),
  accessLevel: 'public',
  effect: 'unsafe',
  execute: async () => {
    throw new OrchestratorError('TOOL_FAILED', 'The machine is out of order.');
  },
});

/** Two tools, one of them broken, then a busy model that is asked again, then the answer. */
const script: readonly ModelStepFunction[] = [
  () => ({
    toolCalls: [
      { name: 'add', arguments: { a: 1, b: 2 } },
      { name: 'broken', arguments: {} },
      { name: 'no_such_tool', arguments: {} },
    ],
  }),
  () => ({ error: new OrchestratorError('RATE_LIMITED', 'Too many requests.', { retryAfterMs: 1 }) }),
  () => ({ text: 'three', usage: { inputTokens: 40, outputTokens: 2 } }),
];

/** A server whose agent has done one task by the script, and failed one because the model is gone. */
async function usedServer(): Promise<TestServer> {
  const gone = scriptedModel(() => ({ error: new OrchestratorError('CONNECTION_FAILED', 'Nobody listens.') }), {
    name: 'gone',
  });
  const test = await startServer({
    config: withAuth,
    orchestrator: {
      models: [scriptedModel(script), gone],
      tools: [add, broken],
      plugins: [prometheusMetricsPlugin(), prices],
      config: {
        recovery: { retryMaxAttempts: 3, backoff: { baseMs: 1 } },
        breakers: { failureThreshold: 2 },
        budgets: { tokens: 2_000, warnAt: 0.01 },
      },
    },
  });
  const { orchestrator } = test;
  const agentId = await orchestrator.createAgent({ name: 'Counter', instructions: 'Count.', model: 'scripted:model' });
  await orchestrator.executeTask(await orchestrator.createTask({ description: PROMPT, agentId }));
  const lost = await orchestrator.createAgent({ name: 'Lost', instructions: 'Try.', model: 'gone:model' });
  const failing = await orchestrator.createTask({ description: PROMPT, agentId: lost });
  await expect(orchestrator.executeTask(failing)).rejects.toMatchObject({ category: 'NETWORK_ERROR' });
  return test;
}

const prices = {
  specificationVersion: 'v1',
  name: '@test/prices',
  version: '1.0.0',
  contributes: {
    priceTables: [
      { name: 'test', asOf: '2026-01-01', prices: { 'scripted:*': { inputPerMillion: 10, outputPerMillion: 100 } } },
    ],
  },
} as const;

const scrape = async (test: TestServer): Promise<string> => {
  const { status, text } = await test.call('GET', '/metrics', { key: ADMIN_KEY });
  expect(status).toBe(200);
  return text;
};

it('gives the text of the plugin to those who may read, and to nobody else', async () => {
  await using test = await usedServer();
  const answer = await test.call('GET', '/metrics', { key: ADMIN_KEY });
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect((await test.call('GET', '/metrics')).status).toBe(401);
});

it('has no metrics where they are turned off', async () => {
  for (const metrics of [{ enabled: false }, { prometheus: false }]) {
    await using test = await startServer({
      config: { metrics },
      orchestrator: { plugins: [prometheusMetricsPlugin()] },
    });
    expect((await test.call('GET', '/metrics')).status).toBe(404);
  }
});

it('counts what real runs did: tasks, model, tokens, money, tools, errors, retries, breakers, budgets', async () => {
  await using test = await usedServer();
  const text = await scrape(test);
  const shown = (line: RegExp): string[] => text.split('\n').filter((each) => line.test(each));
  expect(shown(/^mao_tasks\{/)).toEqual([
    'mao_tasks{state="queued"} 0',
    'mao_tasks{state="running"} 0',
    'mao_tasks{state="parked"} 0',
  ]);
  expect(shown(/^mao_task_duration_seconds_count/)).toEqual([
    'mao_task_duration_seconds_count{agent="Counter",status="completed"} 1',
    'mao_task_duration_seconds_count{agent="Lost",status="failed"} 1',
  ]);
  expect(shown(/^mao_model_call_duration_seconds_count.*scripted/)).toEqual([
    'mao_model_call_duration_seconds_count{model="scripted:model",outcome="ok"} 2',
    'mao_model_call_duration_seconds_count{model="scripted:model",outcome="error"} 1',
  ]);
  expect(shown(/^mao_model_tokens_total.*kind="output"/)).toHaveLength(1);
  expect(shown(/^mao_model_cost_usd_total\{agent="Counter",model="scripted:model"\} 0\.0/)).toHaveLength(1);
  expect(shown(/^mao_tool_call_duration_seconds_count/)).toEqual([
    'mao_tool_call_duration_seconds_count{tool="unknown",outcome="error"} 1',
    'mao_tool_call_duration_seconds_count{tool="add",outcome="ok"} 1',
    'mao_tool_call_duration_seconds_count{tool="broken",outcome="error"} 1',
  ]);
  expect(shown(/^mao_errors_total.*code="RATE_LIMITED"/)).toHaveLength(1);
  expect(shown(/^mao_recoveries_total.*action="retry"/).length).toBeGreaterThan(0);
  expect(shown(/^mao_breaker_state.*gone.*state="open"\} 1$/)).toHaveLength(1);
  expect(shown(/^mao_dead_letters_total 1$/)).toHaveLength(1);
  expect(shown(/^mao_budget_tokens_total\{budget="orchestrator"\}/)).toHaveLength(1);
  expect(shown(/^mao_budget_use_ratio\{budget="orchestrator",bound="tokens"\}/)).toHaveLength(1);
  expect(text).not.toContain('Periwinkle');
  expect(text).not.toContain('out of order');
});

it('gives the text of the others where one hangs and one throws, says so, and tells of each failure once', async () => {
  const clock = virtualClock();
  const answers: Record<string, () => Promise<string> | string> = {
    hangs: () => new Promise<never>(() => {}),
    throws: () => {
      throw new Error('no\nluck with sk-proj-abcdefghijklmnopqrstuvwx9876');
    },
    odd: () => undefined as unknown as string,
    healthy: () => 'healthy_total 1',
  };
  const plugins = Object.keys(answers).map((name) => ({
    specificationVersion: 'v1' as const,
    name: `@test/${name}`,
    version: '1.0.0',
    contributes: {
      metrics: [{ name, contentType: 'text/plain; version=0.0.4', render: () => answers[name]?.() as string }],
    },
  }));
  await using test = await startServer({ clock, orchestrator: { plugins } });
  const failures: string[] = [];
  test.orchestrator.listen('test', ({ type, data }) => {
    if (type === 'plugin-fail') failures.push(`${data.plugin} ${data.hook}`);
  });
  const read = async (): Promise<string[]> => {
    const { status, text } = await whileTimeGoesOn(clock, test.call('GET', '/metrics'));
    expect(status).toBe(200);
    expect(text).toMatch(/[^\n]\n$/);
    return text.trimEnd().split('\n');
  };
  const expected = [
    expect.stringMatching(/^# the metrics of plugin "@test\/hangs" are missing: .*3000 ms/),
    expect.stringMatching(/^# the metrics of plugin "@test\/throws" are missing: .*no luck with \S*redacted/),
    expect.stringMatching(/^# the metrics of plugin "@test\/odd" are missing: /),
    'healthy_total 1',
  ];
  expect(await read()).toEqual(expected);
  expect(await read()).toEqual([expect.stringContaining('earlier scrape'), ...expected.slice(1)]);
  expect(new Set(failures)).toEqual(new Set(['hangs', 'odd', 'throws'].map((name) => `@test/${name} metrics.render`)));
  expect(failures).toHaveLength(3);
  answers['throws'] = () => 'well_again 1\n\n';
  expect(await read()).toContain('well_again 1');
  answers['throws'] = () => Promise.reject(new Error('no'));
  await read();
  expect(failures).toHaveLength(4);
});

it('comes with alerts and a scrape configuration that promtool accepts', async ({ skip }) => {
  skip(prometheusProgram('promtool') === undefined, NO_PROMETHEUS);
  const folder = join(import.meta.dirname, '../../../docs/deployment');
  expect((await promtool(['check', 'rules', join(folder, 'alerts.yml')])).code).toBe(0);
  expect((await promtool(['check', 'config', '--syntax-only', join(folder, 'prometheus.yml')])).code).toBe(0);
});

it('satisfies promtool', async ({ skip }) => {
  skip(prometheusProgram('promtool') === undefined, NO_PROMETHEUS);
  await using test = await usedServer();
  expect(await promtool(['check', 'metrics'], await scrape(test))).toEqual({ code: 0, output: '' });
});

it(
  'is scraped by a real Prometheus, which then answers questions about the runs',
  { timeout: 60_000 },
  async ({ skip }) => {
    skip(prometheusProgram('prometheus') === undefined, NO_PROMETHEUS);
    await using test = await usedServer();
    await using prometheus = await startPrometheus({ host: new URL(test.url).host, key: ADMIN_KEY });
    const one = (expression: string) => prometheus.queryUntil(expression, (samples) => samples.length === 1);
    await one('up{job="mao"} == 1');
    await expect.poll(() => prometheus.targets(), { timeout: 20_000 }).toMatchObject([{ health: 'up', lastError: '' }]);
    expect(await one('sum(mao_task_duration_seconds_count{status="completed"})')).toMatchObject([{ value: 1 }]);
    const [slow] = await one(
      'histogram_quantile(0.95, sum by (le) (mao_model_call_duration_seconds_bucket{model="scripted:model"}))',
    );
    expect(slow?.value).toBeGreaterThan(0);
    const [memory] = await one('process_resident_memory_bytes{job="mao"}');
    expect(memory?.value).toBeGreaterThan(1e7);
  },
);

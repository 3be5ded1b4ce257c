import { defineTool, type OrchestratorEvent } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { prometheusMetricsPlugin } from '@master-orchestrator/metrics-prometheus';
import { otelTelemetryPlugin } from '@master-orchestrator/telemetry-otel';
import { scriptedModel } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { startOtlpReceiver } from './support/otlp-receiver.js';
import { call, startServer } from './support/start-server.js';

/** Twelve secrets, by the place they are planted in. */
const SECRETS = {
  configApiKey: 'sk-proj-configAAAA1111bbbb2222cccc3333dddd4444',
  configAdminKey: 'admin-config-5e1f0c9d8b7a6f5e4d3c2b1a',
  instructions: 'sk-ant-api03-instructionsEEEE5555ffff6666gggg7777',
  description: 'ghp_descriptionAAAABBBBCCCCDDDDEEEE1234',
  toolArgument: 'AKIAIOSFODNN7ARGUMNT',
  toolArgumentField: 'correct-horse-battery-staple',
  toolResult: 'xoxb-123456789012-1234567890123-resultAbCdEfGhIjKlMnOpQr',
  toolResultField: 'hunter2-in-a-result',
  toolError: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlcnJvciJ9.c2lnbmF0dXJlLW9mLWVycm9y',
  modelError: 'sk-proj-modelerrorHHHH8888iiii9999jjjj0000kkkk',
  errorUrl: 'pa55-of-a-database-url',
  exporterHeader: 'exporter-header-0f1e2d3c4b5a69788796a5b4',
} as const;

const lookup = defineTool({
  name: 'lookup',
  description: 'Looks something up.',
  inputSchema: z.object({ token: z.string(), password: z.string() }),
  accessLevel: 'public',
  effect: 'idempotent',
  execute: async () => ({ found: `Use ${SECRETS.toolResult}.`, password: SECRETS.toolResultField }),
});

const fails = defineTool({
  name: 'fails',
  description: 'Fails.',
  inputSchema: z.object({}),
  accessLevel: 'public',
  effect: 'idempotent',
  execute: async () => {
    throw new Error(`401 for Bearer ${SECRETS.toolError}`, {
      cause: new Error(`postgres://app:${SECRETS.errorUrl}@db.internal:5432/app refused`),
    });
  },
});

/** The places where one of the secrets, or a good part of one, is found. */
function leaks(text: string): string[] {
  return Object.entries(SECRETS)
    .filter(([, secret]) => text.includes(secret) || text.includes(secret.slice(-16)))
    .map(([place]) => place);
}

it.each([false, true])(
  'lets none of 12 planted secrets into metrics, spans or log lines (content in spans: %s)',
  async (captureContent) => {
    await using receiver = await startOtlpReceiver();
    const lines: string[] = [];
    const line =
      (level: string) =>
      (fields: object | string, message?: string): void =>
        void lines.push(JSON.stringify({ level, ...(typeof fields === 'string' ? { fields } : fields), message }));
    const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
    const model = scriptedModel([
      {
        toolCalls: [
          { name: 'lookup', arguments: { token: SECRETS.toolArgument, password: SECRETS.toolArgumentField } },
          { name: 'fails', arguments: {} },
        ],
      },
      {
        error: new OrchestratorError('RATE_LIMITED', `Key ${SECRETS.modelError} is over its limit.`, {
          retryAfterMs: 1,
        }),
      },
      { text: 'done' },
    ]);
    const config = {
      models: { openai: { apiKey: SECRETS.configApiKey } },
      server: { auth: { enabled: true, adminKey: SECRETS.configAdminKey } },
    };
    const plugins = [
      prometheusMetricsPlugin(),
      otelTelemetryPlugin({
        endpoint: receiver.endpoint,
        headers: { authorization: `Bearer ${SECRETS.exporterHeader}` },
        captureContent,
        flushTimeoutMs: 5_000,
      }),
    ];
    const server = await startServer({
      config,
      orchestrator: { models: [model], tools: [lookup, fails], plugins, config, logger },
    });
    const { orchestrator } = server;
    const write = ({ type, data, ...ids }: OrchestratorEvent): void => line('info')({ event: type, ...ids, ...data });
    const subscription = orchestrator.events$.subscribe(write);
    const agentId = await orchestrator.createAgent({
      name: 'Keeper',
      instructions: `Keep ${SECRETS.instructions} to yourself.`,
      tools: ['lookup', 'fails'],
    });
    const handle = orchestrator.run(`Log in with ${SECRETS.description}.`, { agentId });
    await handle.result;
    const { text: metrics } = await call(server.url, 'GET', '/metrics', { key: SECRETS.configAdminKey });
    await server[Symbol.asyncDispose]();
    subscription.unsubscribe();
    model.assertDone();
    expect(metrics).toContain('mao_tool_call_duration_seconds');
    expect(leaks(metrics)).toEqual([]);
    expect(receiver.spans().map(({ name }) => name)).toContain('execute_tool lookup');
    expect(leaks(receiver.text())).toEqual([]);
    expect(lines.join('\n')).toContain('"event":"tool-call-end"');
    expect(leaks(lines.join('\n'))).toEqual([]);
    if (captureContent) expect(receiver.text()).toContain('gen_ai.tool.call.arguments');
  },
);

it('would notice a secret that got through, also a part of one', () => {
  expect(leaks(`a line with ${SECRETS.toolResult.slice(5)} in it`)).toEqual(['toolResult']);
});

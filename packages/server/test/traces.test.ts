import { defineTool, type PluginV1 } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { createTestOrchestrator, type TestOrchestratorOptions } from '@master-orchestrator/core/testing';
import { refusedOrigin, scriptedModel, type ModelStep, type ModelStepFunction } from '@master-orchestrator/testing';
import { otelTelemetryPlugin } from '@master-orchestrator/telemetry-otel';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { attributeOf, startOtlpReceiver } from './support/otlp-receiver.js';

const tool = (name: string, execute: () => Promise<string>, more: object = {}) =>
  defineTool({
    name,
    description: `Does ${name}.`,
    inputSchema: z.object({}),
    accessLevel: 'public',
    effect: 'idempotent',
    execute,
    ...more,
  });

const weather = tool('weather', async () => 'mild');
const news = tool('news', async () => 'none');

interface Scene {
  readonly steps: readonly (ModelStep | ModelStepFunction)[];
  readonly endpoint: string;
  readonly options?: TestOrchestratorOptions;
}

async function open({ steps, endpoint, options }: Scene): Promise<MasterOrchestrator> {
  const plugins: PluginV1[] = [otelTelemetryPlugin({ endpoint, flushTimeoutMs: 5_000 })];
  return createTestOrchestrator({ models: [scriptedModel(steps)], tools: [weather, news], plugins, ...options });
}

it('sends the span tree of a run with two tools and a delegated agent: parents right, every span ended', async () => {
  await using receiver = await startOtlpReceiver();
  const orchestrator = await open({
    endpoint: receiver.endpoint,
    steps: [
      {
        toolCalls: [
          { name: 'weather', arguments: {} },
          { name: 'delegate_to_Helper', arguments: { task: 'the news' } },
        ],
      },
      { toolCalls: [{ name: 'news', arguments: {} }] },
      { text: 'no news' },
      { text: 'mild, and no news' },
    ],
  });
  await orchestrator.createAgent({ name: 'Helper', instructions: 'Help.', tools: ['news'] });
  const agentId = await orchestrator.createAgent({
    name: 'Lead',
    instructions: 'Lead.',
    tools: ['weather'],
    delegates: ['Helper'],
  });
  const id = await orchestrator.createTask({ description: 'What is new?', agentId });
  await orchestrator.executeTask(id);
  await orchestrator.shutdown();
  expect(receiver.tree()).toEqual([
    'invoke_agent Lead',
    '  chat model',
    '  chat model',
    '  execute_tool weather',
    '  invoke_agent Helper',
    '    chat model',
    '    chat model',
    '    execute_tool news',
  ]);
  const spans = receiver.spans();
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  for (const span of spans) {
    expect(BigInt(span.endTimeUnixNano), span.name).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
    expect(attributeOf(span, 'mao.outcome'), span.name).toMatch(/^(ok|completed)$/);
  }
});

it('ends every span of a run that is cancelled while a model thinks', async () => {
  await using receiver = await startOtlpReceiver();
  const orchestrator = await open({ endpoint: receiver.endpoint, steps: [{ hang: true }] });
  const agentId = await orchestrator.createAgent({ name: 'Slow', instructions: 'Think.' });
  const id = await orchestrator.createTask({ description: 'Think.', agentId });
  const ended = orchestrator.executeTask(id).catch((error: unknown) => error);
  await new Promise<void>((resolve) => {
    orchestrator.events$.subscribe(({ type }) => {
      if (type === 'model-call-start') resolve();
    });
  });
  await orchestrator.cancelTask(id);
  expect(await ended).toMatchObject({ code: 'CANCELLED' });
  await orchestrator.shutdown();
  expect(receiver.tree()).toEqual(['invoke_agent Slow', '  chat model']);
  expect(receiver.spans().map((span) => attributeOf(span, 'mao.outcome'))).toEqual(['cancelled', 'cancelled']);
});

it('ends every span of a run that the shutdown cuts off in a tool', async () => {
  await using receiver = await startOtlpReceiver();
  let begun: (() => void) | undefined;
  const inTool = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const stuck = defineTool({
    name: 'stuck',
    description: 'Waits for its end.',
    inputSchema: z.object({}),
    accessLevel: 'public',
    effect: 'idempotent',
    execute: (_input, { signal }) =>
      new Promise<string>((_resolve, reject) => {
        begun?.();
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      }),
  });
  const orchestrator = await open({
    endpoint: receiver.endpoint,
    steps: [{ toolCalls: [{ name: 'stuck', arguments: {} }] }],
    options: { tools: [stuck] },
  });
  const agentId = await orchestrator.createAgent({ name: 'Stuck', instructions: 'Wait.' });
  const id = await orchestrator.createTask({ description: 'Wait.', agentId });
  const ended = orchestrator.executeTask(id).catch((error: unknown) => error);
  await inTool;
  await orchestrator.shutdown({ drainMs: 0 });
  await ended;
  expect(receiver.tree()).toEqual(['invoke_agent Stuck', '  chat model', '  execute_tool stuck']);
  for (const span of receiver.spans()) expect(attributeOf(span, 'mao.outcome'), span.name).toBeDefined();
});

it('ends the span of a run that waits for a person, and goes on in the same trace after the answer', async () => {
  await using receiver = await startOtlpReceiver();
  const pay = tool('pay', async () => 'paid', { approval: true });
  const orchestrator = await open({
    endpoint: receiver.endpoint,
    steps: [{ toolCalls: [{ name: 'pay', arguments: {} }] }, { text: 'done' }],
    options: { tools: [pay] },
  });
  const agentId = await orchestrator.createAgent({ name: 'Payer', instructions: 'Pay.', tools: ['pay'] });
  const id = await orchestrator.createTask({ description: 'Pay.', agentId });
  const parked = new Promise<void>((resolve) => {
    orchestrator.events$.subscribe(({ type }) => {
      if (type === 'task-park') resolve();
    });
  });
  const ended = orchestrator.executeTask(id);
  await parked;
  const [approval] = await orchestrator.listApprovals();
  await orchestrator.answerApproval(approval?.id ?? '', { decision: 'approve', by: 'Zoe' });
  await ended;
  await orchestrator.shutdown();
  expect(receiver.tree()).toEqual([
    'invoke_agent Payer',
    '  chat model',
    'invoke_agent Payer',
    '  chat model',
    '  execute_tool pay',
  ]);
  const agents = receiver.spans().filter(({ name }) => name.startsWith('invoke_agent'));
  expect(agents.map((span) => attributeOf(span, 'mao.outcome'))).toEqual(['parked', 'completed']);
  expect(new Set(receiver.spans().map(({ traceId }) => traceId)).size).toBe(1);
});

it('harms nothing where the receiver is down: the run ends as ever, and so does the orchestrator', async () => {
  const endpoint = `${await refusedOrigin()}/v1/traces`;
  const plugins = [otelTelemetryPlugin({ endpoint, flushTimeoutMs: 100 })];
  const orchestrator = await open({ endpoint, steps: [{ text: 'fine' }], options: { plugins } });
  const agentId = await orchestrator.createAgent({ name: 'Calm', instructions: 'Answer.' });
  const id = await orchestrator.createTask({ description: 'How are you?', agentId });
  const failures: string[] = [];
  orchestrator.events$.subscribe(({ type }) => {
    if (type === 'listener-fail' || type === 'plugin-fail') failures.push(type);
  });
  expect(await orchestrator.executeTask(id)).toMatchObject({ status: 'completed', text: 'fine' });
  await orchestrator.shutdown();
  expect(failures).toEqual([]);
});

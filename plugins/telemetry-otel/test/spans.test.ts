import { NO_USAGE } from '@master-orchestrator/contracts';
import { expect, it } from 'vitest';
import { startReceiver, startTelemetry, type FedTelemetry, type Receiver } from './helpers.js';

interface Stage extends AsyncDisposable {
  readonly receiver: Receiver;
  readonly telemetry: FedTelemetry;
}

async function stage(options: object = {}): Promise<Stage> {
  const receiver = await startReceiver();
  const telemetry = await startTelemetry({ endpoint: receiver.endpoint, ...options });
  return { receiver, telemetry, [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose]() };
}

const failure = (code: string, message = 'words') => ({
  name: 'OrchestratorError',
  code,
  category: 'TOOL_ERROR' as const,
  severity: 'MEDIUM' as const,
  message,
  isRetryable: false,
  isReplaySafe: false,
});

const run = { agentName: 'Ann', model: 'openai:gpt-5', tools: ['add'], depth: 0 };
const call = { turn: 1, model: 'openai:gpt-5', attempt: 1 };

function begin({ emit }: FedTelemetry): void {
  emit('task-start', { delivery: 1 });
  emit('run-start', run);
}

function end(
  { emit }: FedTelemetry,
  status: 'completed' | 'failed' | 'cancelled' = 'completed',
  part: object = {},
): void {
  emit('run-end', {
    outcome: status,
    turns: 1,
    usage: { ...NO_USAGE, inputTokens: 9, outputTokens: 4 },
    durationMs: 1,
  });
  emit('task-end', { status, durationMs: 1, usage: NO_USAGE, ...part });
}

it('makes invoke_agent, chat and execute_tool spans with the attributes of the conventions', async () => {
  await using on = await stage({ serviceName: 'shop', resource: { 'deployment.environment.name': 'test' } });
  const { emit } = on.telemetry;
  begin(on.telemetry);
  emit('model-call-start', call);
  const usage = { ...NO_USAGE, inputTokens: 9, outputTokens: 4, cachedInputTokens: 3, reasoningTokens: 2 };
  emit('model-call-end', { ...call, outcome: 'ok', durationMs: 1, usage, costUsd: 0.5, finish: 'tool_calls' });
  emit('tool-call-start', { turn: 1, callId: 'c1', tool: 'add', arguments: { a: 1 } });
  emit('tool-call-end', { turn: 1, callId: 'c1', tool: 'add', outcome: 'ok', durationMs: 1, bytes: 1, excerpt: '3' });
  end(on.telemetry, 'completed', { costUsd: 0.5 });
  await on.telemetry.close();
  expect(on.receiver.tree()).toEqual(['invoke_agent Ann', '  chat gpt-5', '  execute_tool add']);
  expect(on.receiver.span('invoke_agent Ann')).toMatchObject({
    kind: 1,
    resource: { 'service.name': 'shop', 'deployment.environment.name': 'test' },
    status: { code: 0 },
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.id': 'agent_1',
      'gen_ai.agent.name': 'Ann',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.usage.input_tokens': 9,
      'gen_ai.usage.output_tokens': 4,
      'mao.task.id': 'task_1',
      'mao.cost_usd': 0.5,
      'mao.outcome': 'completed',
    },
  });
  expect(on.receiver.span('chat gpt-5')).toMatchObject({
    kind: 3,
    startTimeUnixNano: '1700000003000000000',
    endTimeUnixNano: '1700000004000000000',
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.response.finish_reasons': ['tool_calls'],
      'gen_ai.usage.input_tokens': 9,
      'gen_ai.usage.cache_read.input_tokens': 3,
      'gen_ai.usage.reasoning.output_tokens': 2,
    },
  });
  expect(on.receiver.span('execute_tool add').attributes).toEqual({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'add',
    'gen_ai.tool.type': 'function',
    'gen_ai.tool.call.id': 'c1',
    'mao.turn': 1,
    'mao.tool.result_bytes': 1,
    'mao.outcome': 'ok',
  });
});

it('ends what is open when a task is cancelled in the middle of a model call and a tool', async () => {
  await using on = await stage();
  begin(on.telemetry);
  on.telemetry.emit('model-call-start', call);
  on.telemetry.emit('tool-call-start', { turn: 1, callId: 'c1', tool: 'add', arguments: {} });
  end(on.telemetry, 'cancelled', { reason: 'asked for' });
  await on.telemetry.close();
  const spans = on.receiver.spans();
  expect(spans).toHaveLength(3);
  for (const span of spans) {
    expect(span.attributes['mao.outcome'], span.name).toBe('cancelled');
    expect(span.status.code, span.name).toBe(0);
    expect(BigInt(span.endTimeUnixNano), span.name).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
  }
});

it('marks what failed with the code of the error, and keeps its words to itself', async () => {
  await using on = await stage();
  const { emit } = on.telemetry;
  begin(on.telemetry);
  emit('model-call-start', call);
  emit('model-call-end', {
    ...call,
    outcome: 'error',
    durationMs: 1,
    error: failure('RATE_LIMITED', 'for Mr Periwinkle'),
  });
  emit('error-raise', { error: failure('RATE_LIMITED', 'for Mr Periwinkle'), step: 'openai:gpt-5' });
  emit('escalation-request', {
    escalationId: 'e1',
    to: 'person',
    error: failure('RATE_LIMITED', 'for Mr Periwinkle'),
    question: 'What about Mr Periwinkle?',
  });
  end(on.telemetry, 'failed', { error: failure('RATE_LIMITED', 'for Mr Periwinkle'), deadLetterId: 'd1' });
  await on.telemetry.close();
  expect(on.receiver.span('chat gpt-5')).toMatchObject({
    status: { code: 2, message: 'RATE_LIMITED' },
    attributes: { 'error.type': 'RATE_LIMITED' },
  });
  const agent = on.receiver.span('invoke_agent Ann');
  expect(agent).toMatchObject({
    status: { code: 2 },
    attributes: { 'error.type': 'RATE_LIMITED', 'mao.dead_letter.id': 'd1' },
  });
  expect(agent.events.map(({ name }) => name)).toEqual(['error-raise', 'escalation-request']);
  expect(JSON.stringify(on.receiver.requests.map(({ rawBody }) => rawBody))).not.toContain('Periwinkle');
});

it('ends a streamed call that is restarted, and makes a span for the next attempt', async () => {
  await using on = await stage();
  const { emit } = on.telemetry;
  begin(on.telemetry);
  emit('model-call-start', call);
  emit('model-call-restart', { ...call, attempt: 2, reason: 'STREAM_CUT' });
  emit('model-call-start', { ...call, attempt: 2 });
  emit('model-call-end', { ...call, attempt: 2, outcome: 'ok', durationMs: 1 });
  end(on.telemetry);
  await on.telemetry.close();
  const chats = on.receiver.spans().filter(({ name }) => name.startsWith('chat'));
  expect(chats.map(({ attributes }) => [attributes['mao.attempt'], attributes['mao.outcome']])).toEqual([
    [1, 'STREAM_CUT'],
    [2, 'ok'],
  ]);
  expect(chats[0]?.endTimeUnixNano).toBe('1700000004000000000');
});

it('makes a span for a call that a breaker refused before it began', async () => {
  await using on = await stage();
  begin(on.telemetry);
  on.telemetry.emit('model-call-end', { ...call, outcome: 'error', durationMs: 500, error: failure('BREAKER_OPEN') });
  end(on.telemetry, 'failed', { error: failure('BREAKER_OPEN') });
  await on.telemetry.close();
  expect(on.receiver.span('chat gpt-5')).toMatchObject({
    startTimeUnixNano: '1700000002500000000',
    endTimeUnixNano: '1700000003000000000',
    attributes: { 'error.type': 'BREAKER_OPEN' },
  });
});

it('ends a span where its task is parked for a person, and links the one that goes on to it', async () => {
  await using on = await stage();
  const { emit } = on.telemetry;
  begin(on.telemetry);
  emit('approval-request', { approvalId: 'a1', tool: 'pay', callId: 'c1', arguments: {}, argumentsHash: 'h' });
  emit('task-park', { reason: 'approval' });
  emit('approval-answer', { approvalId: 'a1', decision: 'approve', by: 'Zoe', note: 'fine' });
  emit('tool-call-start', { turn: 1, callId: 'c1', tool: 'pay', arguments: {} });
  emit('tool-call-end', { turn: 1, callId: 'c1', tool: 'pay', outcome: 'ok', durationMs: 1 });
  end(on.telemetry);
  await on.telemetry.close();
  expect(on.receiver.tree()).toEqual(['invoke_agent Ann', 'invoke_agent Ann', '  execute_tool pay']);
  const [first, second] = on.receiver.spans();
  expect(first).toMatchObject({
    attributes: { 'mao.outcome': 'parked', 'mao.parked': 'approval' },
    status: { code: 0 },
  });
  expect(second?.links?.map(({ spanId }) => spanId)).toEqual([first?.spanId]);
  expect(second?.traceId).toBe(first?.traceId);
  expect(second?.events.map(({ name }) => name)).toEqual(['approval-answer']);
  expect(JSON.stringify(on.receiver.spans())).not.toMatch(/Zoe|fine/);
});

it('keeps the span of an agent open while it waits for the agents it gave work to', async () => {
  await using on = await stage();
  const { emit } = on.telemetry;
  const child = { taskId: 'task_1.t1c0', agentId: 'agent_2', parentTaskId: 'task_1' };
  begin(on.telemetry);
  emit('handoff-start', { mode: 'delegate', to: 'agent_2', toName: 'Bob', childTaskId: child.taskId });
  emit('task-park', { reason: 'children' });
  emit('task-start', { delivery: 1 }, child);
  emit('run-start', { ...run, agentName: 'Bob', depth: 1 }, child);
  emit('model-call-start', call, child);
  emit('model-call-end', { ...call, outcome: 'ok', durationMs: 1 }, child);
  emit('task-end', { status: 'completed', durationMs: 1, usage: NO_USAGE }, child);
  end(on.telemetry);
  await on.telemetry.close();
  expect(on.receiver.tree()).toEqual(['invoke_agent Ann', '  invoke_agent Bob', '    chat gpt-5']);
});

it('puts what follows a handoff under the agent that took over', async () => {
  await using on = await stage();
  const { emit } = on.telemetry;
  begin(on.telemetry);
  emit('model-call-start', call);
  emit('model-call-end', { ...call, outcome: 'ok', durationMs: 1 });
  emit('handoff-start', { mode: 'handoff', to: 'agent_2', toName: 'Bob' });
  emit('handoff-end', { mode: 'handoff', to: 'agent_2', outcome: 'completed' }, { agentId: 'agent_2' });
  emit('model-call-start', { ...call, turn: 2, model: 'local:x' }, { agentId: 'agent_2' });
  emit('model-call-end', { ...call, turn: 2, model: 'local:x', outcome: 'ok', durationMs: 1 }, { agentId: 'agent_2' });
  end(on.telemetry);
  await on.telemetry.close();
  expect(on.receiver.tree()).toEqual(['invoke_agent Ann', '  chat gpt-5', '  invoke_agent Bob', '    chat x']);
});

it('finds the trace and the parent of a child whose parent another process works on', async () => {
  await using here = await stage();
  await using there = await stage();
  begin(here.telemetry);
  const child = { taskId: 'task_1.t1c0', agentId: 'agent_2', parentTaskId: 'task_1' };
  there.telemetry.emit('task-start', { delivery: 1 }, child);
  there.telemetry.emit('task-end', { status: 'completed', durationMs: 1, usage: NO_USAGE }, child);
  end(here.telemetry);
  await Promise.all([here.telemetry.close(), there.telemetry.close()]);
  const parent = here.receiver.span('invoke_agent Ann');
  expect(there.receiver.spans()).toMatchObject([{ traceId: parent.traceId, parentSpanId: parent.spanId }]);
});

it('goes on in the same trace with a task that another process began, under ids of its own', async () => {
  await using here = await stage();
  await using there = await stage();
  begin(here.telemetry);
  here.telemetry.emit('model-call-start', call);
  there.telemetry.emit('agent-create', { name: 'Ann', revision: 1 });
  there.telemetry.emit('model-call-start', call, { seq: 3 });
  there.telemetry.emit('model-call-end', { ...call, outcome: 'ok', durationMs: 1 }, { seq: 4 });
  end(there.telemetry);
  await Promise.all([here.telemetry.close(), there.telemetry.close()]);
  const spans = [...here.receiver.spans(), ...there.receiver.spans()];
  expect(there.receiver.tree()).toEqual(['invoke_agent Ann', '  chat gpt-5']);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(4);
});

it('makes nothing of a task that only waits here and runs elsewhere', async () => {
  await using on = await stage();
  on.telemetry.emit('task-queue', { priority: 5, agentName: 'Ann' });
  on.telemetry.emit('task-end', { status: 'completed', durationMs: 1, usage: NO_USAGE });
  await on.telemetry.close();
  expect(on.receiver.requests).toEqual([]);
});

it('ends everything that is open when the orchestrator closes, and when a task is taken up anew', async () => {
  await using on = await stage();
  begin(on.telemetry);
  on.telemetry.emit('model-call-start', call);
  on.telemetry.emit('task-start', { delivery: 2 });
  on.telemetry.emit('tool-call-start', { turn: 1, callId: 'c1', tool: 'add', arguments: {} });
  await on.telemetry.close();
  expect(on.receiver.spans().map(({ name, attributes }) => [name, attributes['mao.outcome']])).toEqual([
    ['invoke_agent Ann', 'abandoned'],
    ['chat gpt-5', 'abandoned'],
    ['invoke_agent', 'abandoned'],
    ['execute_tool add', 'abandoned'],
  ]);
});

it('tells calls of one id in several turns apart, and does not take the words of a model for the name of a tool', async () => {
  await using on = await stage();
  const { emit } = on.telemetry;
  begin(on.telemetry);
  for (const turn of [1, 2]) emit('tool-call-start', { turn, callId: 'same', tool: 'add', arguments: {} });
  for (const turn of [1, 2]) emit('tool-call-end', { turn, callId: 'same', tool: 'add', outcome: 'ok', durationMs: 1 });
  const tool = 'ask_mr_periwinkle';
  emit('tool-call-start', { turn: 3, callId: 'c', tool, arguments: {} });
  emit('tool-call-end', {
    turn: 3,
    callId: 'c',
    tool,
    outcome: 'error',
    durationMs: 0,
    error: failure('TOOL_UNKNOWN'),
  });
  end(on.telemetry);
  await on.telemetry.close();
  expect(on.receiver.tree()).toEqual([
    'invoke_agent Ann',
    '  execute_tool add',
    '  execute_tool add',
    '  execute_tool unknown',
  ]);
  expect(on.receiver.spans().every(({ attributes }) => attributes['mao.outcome'] !== 'abandoned')).toBe(true);
  expect(JSON.stringify(on.receiver.spans())).not.toContain('periwinkle');
});

it('keeps a part of the traces, whole or not at all, and the same ones in every process', async () => {
  const kept: string[][] = [];
  for (const process of [1, 2]) {
    await using on = await stage({ sampleRatio: 0.5 });
    for (let n = 0; n < 40; n += 1) {
      const about = { taskId: `task_${n}` };
      on.telemetry.emit('task-start', { delivery: process }, about);
      on.telemetry.emit('model-call-start', call, about);
      on.telemetry.emit('model-call-end', { ...call, outcome: 'ok', durationMs: 1 }, about);
      on.telemetry.emit('task-end', { status: 'completed', durationMs: 1, usage: NO_USAGE }, about);
    }
    await on.telemetry.close();
    const spans = on.receiver.spans();
    const traces = [...new Set(spans.map(({ traceId }) => traceId))].sort();
    expect(spans).toHaveLength(2 * traces.length);
    kept.push(traces);
  }
  expect(kept[0]).toEqual(kept[1]);
  expect(kept[0]?.length).toBeGreaterThan(8);
  expect(kept[0]?.length).toBeLessThan(32);
});

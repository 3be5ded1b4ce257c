import type { ErrorCategory } from '@master-orchestrator/errors';
import { expect, it } from 'vitest';
import { startMetrics, type FedMetrics } from './helpers.js';

const failure = (code: string, category: ErrorCategory = 'TOOL_ERROR') => ({
  name: 'OrchestratorError',
  code,
  category,
  severity: 'MEDIUM' as const,
  message: 'words',
  isRetryable: false,
  isReplaySafe: false,
});

const ended = (metrics: FedMetrics, part: object = {}): void =>
  metrics.emit('task-end', {
    status: 'completed',
    durationMs: 2_500,
    delivery: 1,
    usage: metrics.usage(),
    ...part,
  });

it('counts tasks by state, from the queue over a park to the end', async () => {
  await using metrics = await startMetrics();
  const states = async (): Promise<unknown[]> => {
    const text = await metrics.text();
    return ['queued', 'running', 'parked'].map((state) => metrics.read(text, 'mao_tasks', { state }));
  };
  expect(await states()).toEqual([0, 0, 0]);
  metrics.emit('task-queue', { priority: 5, agentName: 'Ann' });
  expect(await states()).toEqual([1, 0, 0]);
  metrics.emit('task-start', { delivery: 1 });
  expect(await states()).toEqual([0, 1, 0]);
  metrics.emit('task-park', { reason: 'approval' });
  metrics.emit('approval-request', { approvalId: 'a', tool: 't', callId: 'c', arguments: {}, argumentsHash: 'h' });
  expect(await states()).toEqual([0, 0, 1]);
  metrics.emit('tool-call-start', { turn: 1, callId: 'c', tool: 't', arguments: {} });
  expect(await states()).toEqual([0, 1, 0]);
  ended(metrics);
  expect(await states()).toEqual([0, 0, 0]);
});

it('measures how long tasks waited and took, by agent and end', async () => {
  await using metrics = await startMetrics();
  metrics.emit('agent-create', { name: 'Ann', revision: 1 });
  metrics.emit('task-queue', { priority: 5, agentName: 'Ann' }, { at: 10_000 });
  metrics.emit('task-start', { delivery: 1 }, { at: 13_000 });
  ended(metrics);
  expect(await metrics.value('mao_task_queue_wait_seconds_sum')).toBe(3);
  expect(await metrics.value('mao_task_duration_seconds_sum', { agent: 'Ann', status: 'completed' })).toBe(2.5);
});

it('counts a task that another process did there and not here', async () => {
  await using metrics = await startMetrics();
  metrics.emit('task-queue', { priority: 5, agentName: 'Ann' });
  ended(metrics, { status: 'failed', deadLetterId: 'deadletter_1' });
  expect(await metrics.value('mao_task_duration_seconds_count')).toBeUndefined();
  expect(await metrics.value('mao_dead_letters_total')).toBe(0);
  metrics.emit('task-queue', { priority: 5, agentName: 'Ann' }, { taskId: 'task_2' });
  metrics.emit(
    'task-end',
    { status: 'cancelled', durationMs: 10, delivery: 0, usage: metrics.usage() },
    { taskId: 'task_2' },
  );
  expect(await metrics.value('mao_task_duration_seconds_count', { status: 'cancelled' })).toBe(1);
});

it('counts a task that it went on with after a restart', async () => {
  await using metrics = await startMetrics();
  metrics.emit('model-call-start', { turn: 3, model: 'm:x', attempt: 1 });
  expect(await metrics.value('mao_tasks', { state: 'running' })).toBe(1);
  ended(metrics, { delivery: 2 });
  expect(await metrics.value('mao_tasks', { state: 'running' })).toBe(0);
  expect(await metrics.value('mao_task_duration_seconds_count', { status: 'completed' })).toBe(1);
});

it('measures model calls, tokens and money; a call without a price is told apart', async () => {
  await using metrics = await startMetrics();
  metrics.emit('run-start', { agentName: 'Ann', model: 'openai:gpt', tools: [], depth: 0 });
  const usage = metrics.usage({ inputTokens: 100, outputTokens: 20, cachedInputTokens: 60, reasoningTokens: 5 });
  const call = { turn: 1, model: 'openai:gpt', attempt: 1, outcome: 'ok' as const, durationMs: 1_200, usage };
  metrics.emit('model-call-end', { ...call, costUsd: 0.25 });
  metrics.emit('model-call-end', { ...call, model: 'local:x' });
  const text = await metrics.text();
  const agent = 'Ann';
  const model = 'openai:gpt';
  expect(metrics.read(text, 'mao_model_call_duration_seconds_sum', { model, outcome: 'ok' })).toBe(1.2);
  expect(
    ['input', 'output', 'cached_input', 'reasoning_output'].map((kind) =>
      metrics.read(text, 'mao_model_tokens_total', { agent, model, kind }),
    ),
  ).toEqual([100, 20, 60, 5]);
  expect(metrics.read(text, 'mao_model_cost_usd_total', { agent, model })).toBe(0.25);
  expect(metrics.read(text, 'mao_model_unpriced_calls_total', { model: 'local:x' })).toBe(1);
  expect(metrics.read(text, 'mao_model_cost_usd_total', { model: 'local:x' })).toBeUndefined();
});

it('measures tool calls by outcome, and those answered from the cache', async () => {
  await using metrics = await startMetrics();
  const call = { turn: 1, callId: 'c', tool: 'add', durationMs: 40 };
  metrics.emit('tool-call-end', { ...call, outcome: 'ok' });
  metrics.emit('tool-call-end', { ...call, outcome: 'ok', isFromCache: true });
  metrics.emit('tool-call-end', { ...call, outcome: 'error', error: failure('TOOL_FAILED') });
  const text = await metrics.text();
  expect(metrics.read(text, 'mao_tool_call_duration_seconds_count', { tool: 'add', outcome: 'ok' })).toBe(2);
  expect(metrics.read(text, 'mao_tool_call_duration_seconds_count', { tool: 'add', outcome: 'error' })).toBe(1);
  expect(metrics.read(text, 'mao_tool_cache_hits_total', { tool: 'add' })).toBe(1);
});

it('counts errors by category and code, and what was decided: retries are one kind', async () => {
  await using metrics = await startMetrics();
  metrics.emit('error-raise', { error: failure('RATE_LIMITED', 'NETWORK_ERROR'), step: 'm:x' });
  const decided = { code: 'RATE_LIMITED', category: 'NETWORK_ERROR' as const, step: 'm:x', strategy: 'RETRY' };
  metrics.emit('recovery-decide', { ...decided, action: 'retry', attempt: 1, delayMs: 10 });
  metrics.emit('recovery-decide', { ...decided, action: 'retry', attempt: 2, delayMs: 20 });
  metrics.emit('recovery-decide', { ...decided, action: 'terminate', attempt: 3 });
  const text = await metrics.text();
  expect(metrics.read(text, 'mao_errors_total', { category: 'NETWORK_ERROR', code: 'RATE_LIMITED' })).toBe(1);
  expect(metrics.read(text, 'mao_recoveries_total', { category: 'NETWORK_ERROR', action: 'retry' })).toBe(2);
  expect(metrics.read(text, 'mao_recoveries_total', { action: 'terminate' })).toBe(1);
});

it('shows the state of breakers: 1 for the state one is in', async () => {
  await using metrics = await startMetrics();
  metrics.emit('breaker-change', { key: 'model:a', from: 'closed', to: 'open', reason: 'failures' });
  metrics.emit('breaker-change', { key: 'model:a', from: 'open', to: 'half-open', reason: 'time' });
  const text = await metrics.text();
  const states = ['closed', 'half-open', 'open'].map((state) =>
    metrics.read(text, 'mao_breaker_state', { breaker: 'model:a', state }),
  );
  expect(states).toEqual([0, 1, 0]);
  expect(metrics.read(text, 'mao_breaker_changes_total', { to: 'open' })).toBe(1);
});

it('shows what budgets spent and how near their bounds they are; single tasks share a label', async () => {
  await using metrics = await startMetrics();
  metrics.emit('agent-create', { name: 'Ann', revision: 1 });
  metrics.emit('budget-settle', { budget: 'agent:agent_1', tokens: 50, costUsd: 0.5 });
  metrics.emit('budget-settle', { budget: 'task:task_1', tokens: 10 });
  metrics.emit('budget-settle', { budget: 'task:task_2', tokens: 15 });
  metrics.emit('budget-warn', { budget: 'orchestrator', bound: 'costUsd', limit: 10, used: 8 });
  metrics.emit('budget-refuse', { budget: 'orchestrator', bound: 'costUsd', limit: 10, used: 9.5, wanted: 1 });
  const text = await metrics.text();
  expect(metrics.read(text, 'mao_budget_tokens_total', { budget: 'agent:Ann' })).toBe(50);
  expect(metrics.read(text, 'mao_budget_cost_usd_total', { budget: 'agent:Ann' })).toBe(0.5);
  expect(metrics.read(text, 'mao_budget_tokens_total', { budget: 'task' })).toBe(25);
  expect(metrics.read(text, 'mao_budget_use_ratio', { budget: 'orchestrator', bound: 'costUsd' })).toBe(0.95);
  expect(metrics.read(text, 'mao_budget_warnings_total', { budget: 'orchestrator' })).toBe(1);
  expect(metrics.read(text, 'mao_budget_refusals_total', { budget: 'orchestrator' })).toBe(1);
});

it('counts handoffs, approvals, escalations, dead letters and failing listeners', async () => {
  await using metrics = await startMetrics();
  metrics.emit('task-start', { delivery: 1 });
  metrics.emit('handoff-start', { mode: 'delegate', to: 'agent_2', toName: 'Bob', childTaskId: 'task_2' });
  metrics.emit('approval-request', { approvalId: 'a', tool: 't', callId: 'c', arguments: {}, argumentsHash: 'h' });
  metrics.emit('escalation-request', {
    escalationId: 'e',
    to: 'person',
    error: failure('TURN_LIMIT'),
    question: 'What now?',
  });
  metrics.emit('listener-fail', { listener: 'x', message: 'threw' });
  ended(metrics, { status: 'failed', deadLetterId: 'deadletter_1' });
  const text = await metrics.text();
  expect(metrics.read(text, 'mao_handoffs_total', { kind: 'delegate' })).toBe(1);
  expect(metrics.read(text, 'mao_approval_requests_total')).toBe(1);
  expect(metrics.read(text, 'mao_escalations_total', { to: 'person' })).toBe(1);
  expect(metrics.read(text, 'mao_dead_letters_total')).toBe(1);
  expect(metrics.read(text, 'mao_listener_failures_total')).toBe(1);
});

it('counts agents that are there', async () => {
  await using metrics = await startMetrics();
  metrics.emit('agent-create', { name: 'Ann', revision: 1 });
  metrics.emit('agent-create', { name: 'Bob', revision: 1 }, { agentId: 'agent_2' });
  metrics.emit('agent-delete', { name: 'Ann' });
  expect(await metrics.value('mao_agents')).toBe(1);
});

it('stops counting once it is disposed', async () => {
  const metrics = await startMetrics();
  metrics.emit('listener-fail', { listener: 'x', message: 'threw' });
  await metrics[Symbol.asyncDispose]();
  metrics.emit('listener-fail', { listener: 'x', message: 'threw' });
  expect(await metrics.value('mao_listener_failures_total')).toBe(1);
});

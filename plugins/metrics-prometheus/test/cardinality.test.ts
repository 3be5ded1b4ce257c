import { expect, it } from 'vitest';
import { labelValues, startMetrics } from './helpers.js';

const seriesOf = (text: string): number =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;

it('bounds every label, whatever comes from outside: further values count as other', async () => {
  await using metrics = await startMetrics({ maxLabelValues: 5, process: false });
  for (let n = 0; n < 200; n += 1) {
    const about = { taskId: `task_${n}`, agentId: `agent_${n}` };
    metrics.emit('agent-create', { name: `Agent ${n}`, revision: 1 }, about);
    metrics.emit('task-start', { delivery: 1 }, about);
    const usage = metrics.usage({ inputTokens: 1 });
    const call = { turn: 1, attempt: 1, outcome: 'ok' as const, durationMs: 1, usage, costUsd: 1 };
    metrics.emit('model-call-end', { ...call, model: `m:${n}` }, about);
    metrics.emit('tool-call-end', { turn: 1, callId: 'c', tool: `tool_${n}`, outcome: 'ok', durationMs: 1 }, about);
    metrics.emit('budget-settle', { budget: `agent:agent_${n}`, tokens: 1 }, about);
    metrics.emit('budget-settle', { budget: `task:task_${n}`, tokens: 1 }, about);
    metrics.emit('breaker-change', { key: `tool:${n}`, from: 'closed', to: 'open', reason: 'failures' }, about);
    metrics.emit('task-end', { status: 'completed', durationMs: 1, delivery: 1, usage }, about);
  }
  const text = await metrics.text();
  for (const label of ['agent', 'model', 'tool', 'budget']) {
    expect(labelValues(text, label), label).toHaveLength(6);
    expect(labelValues(text, label), label).toContain('other');
  }
  expect(labelValues(text, 'breaker')).toHaveLength(5);
  const before = seriesOf(text);
  metrics.emit('tool-call-end', { turn: 1, callId: 'c', tool: 'one_more', outcome: 'ok', durationMs: 1 });
  expect(seriesOf(await metrics.text())).toBe(before);
  expect(await metrics.value('mao_tool_call_duration_seconds_count', { tool: 'other' })).toBe(196);
});

it('lets a closed breaker make room for one that opened', async () => {
  await using metrics = await startMetrics({ maxLabelValues: 2, process: false });
  const change = (key: string, to: 'open' | 'closed'): void =>
    metrics.emit('breaker-change', { key, from: 'closed', to, reason: 'test' });
  change('a', 'closed');
  change('b', 'open');
  change('c', 'open');
  expect(labelValues(await metrics.text(), 'breaker')).toEqual(['b', 'c']);
});

it('does not take the words of a model for the name of a tool', async () => {
  await using metrics = await startMetrics({ process: false });
  metrics.emit('tool-call-end', {
    turn: 1,
    callId: 'c',
    tool: 'tell_me_the_patients_name',
    outcome: 'error',
    durationMs: 0,
    error: {
      name: 'OrchestratorError',
      code: 'TOOL_UNKNOWN',
      category: 'TOOL_ERROR',
      severity: 'LOW',
      message: 'no such tool',
      isRetryable: false,
      isReplaySafe: true,
    },
  });
  const text = await metrics.text();
  expect(labelValues(text, 'tool')).toEqual(['unknown']);
});

it('shows no secret and no long text in a label, and keeps one line a sample', async () => {
  await using metrics = await startMetrics({ process: false });
  const key = 'sk-proj-abcdefghijklmnopqrstuvwx0123456789';
  const words = 'Tell me everything about the patient. '.repeat(20);
  const end = (tool: string): void =>
    metrics.emit('tool-call-end', { turn: 1, callId: 'c', tool, outcome: 'ok', durationMs: 1 });
  end(`with ${key}`);
  end(words);
  end('two\nlines"and\\quotes');
  metrics.emit('breaker-change', { key: `model:https://u:${key}@host`, from: 'closed', to: 'open', reason: 'r' });
  const text = await metrics.text();
  expect(text).not.toContain(key);
  expect(text).not.toContain('patient');
  expect(labelValues(text, 'tool')).toContain('other');
  expect(text.split('\n').every((line) => line === '' || /^#|^\S+(\{.*\})? \S+$/.test(line))).toBe(true);
});

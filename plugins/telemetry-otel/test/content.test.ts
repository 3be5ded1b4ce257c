import { NO_USAGE } from '@master-orchestrator/contracts';
import { expect, it } from 'vitest';
import type { OtelTelemetryPluginOptions } from '../src/index.js';
import { startReceiver, startTelemetry, type ReceivedSpan } from './helpers.js';

const KEY = 'sk-proj-abcdefghijklmnopqrstuvwx0123456789';
const call = { turn: 1, model: 'openai:gpt-5', attempt: 1 };

/** Spans of a run whose arguments, result, answer and error all speak of marbles, a key and a house secret. */
async function spansOf(captureContent: OtelTelemetryPluginOptions['captureContent']): Promise<ReceivedSpan[]> {
  await using receiver = await startReceiver();
  const { emit, close } = await startTelemetry({
    endpoint: receiver.endpoint,
    ...(captureContent === undefined ? {} : { captureContent }),
  });
  emit('task-start', { delivery: 1 });
  emit('model-call-start', call);
  for (const text of ['I count marbles, ', `with ${KEY.slice(0, 20)}`, KEY.slice(20), ' and house-secret.'])
    emit('model-call-delta', { turn: 1, kind: 'text', text });
  emit('model-call-delta', { turn: 1, kind: 'tool-arguments', text: '{"a":', callId: 'c1' });
  emit('model-call-end', { ...call, outcome: 'ok', durationMs: 1, finish: 'tool_calls' });
  const tool = { turn: 1, callId: 'c1', tool: 'count' };
  emit('tool-call-start', { ...tool, arguments: { what: 'marbles', apiKey: 'plain words', note: 'house-secret' } });
  emit('tool-call-end', { ...tool, outcome: 'ok', durationMs: 1, excerpt: `marbles: 3, Bearer ${KEY}` });
  emit('task-end', {
    status: 'failed',
    durationMs: 1,
    usage: NO_USAGE,
    error: {
      name: 'OrchestratorError',
      code: 'LOOP_DETECTED',
      category: 'AGENT_ERROR',
      severity: 'HIGH',
      message: `marbles everywhere, ${KEY}`,
      isRetryable: false,
      isReplaySafe: false,
    },
  });
  await close();
  return receiver.spans();
}

const attributeOf = (spans: readonly ReceivedSpan[], key: string): unknown =>
  spans.map(({ attributes }) => attributes[key]).find((value) => value !== undefined);

it('captures no content unless it is asked to', async () => {
  for (const setting of [undefined, false] as const) {
    const spans = await spansOf(setting);
    expect(spans).toHaveLength(3);
    expect(JSON.stringify(spans)).not.toMatch(/marbles|house-secret|plain words|sk-proj/);
  }
});

it('captures arguments, results, streamed answers and words of errors where asked, without secrets', async () => {
  const spans = await spansOf({ secrets: ['house-secret'] });
  expect(JSON.parse(String(attributeOf(spans, 'gen_ai.tool.call.arguments')))).toMatchObject({ what: 'marbles' });
  expect(attributeOf(spans, 'gen_ai.tool.call.result')).toContain('marbles: 3');
  expect(JSON.parse(String(attributeOf(spans, 'gen_ai.output.messages')))).toMatchObject([
    { role: 'assistant', parts: [{ type: 'text', content: expect.stringContaining('I count marbles') as string }] },
  ]);
  expect(spans.find(({ status }) => status.code === 2)?.status.message).toContain('marbles everywhere');
  expect(JSON.stringify(spans)).not.toMatch(/house-secret|plain words|sk-proj|abcdefghij/);
});

it('gives the last word to the redaction of the user, and drops a text that it throws on', async () => {
  const quiet = await spansOf({ redact: (text) => text.replaceAll('marbles', '***') });
  expect(JSON.stringify(quiet)).not.toContain('marbles');
  expect(attributeOf(quiet, 'gen_ai.tool.call.result')).toContain('***: 3');
  const broken = await spansOf({
    redact: () => {
      throw new Error('no');
    },
  });
  expect(JSON.stringify(broken)).not.toContain('marbles');
});

it('cuts long texts', async () => {
  const spans = await spansOf({ maxCharacters: 5 });
  expect(attributeOf(spans, 'gen_ai.tool.call.result')).toBe('marbl …');
});

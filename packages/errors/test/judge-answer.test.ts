import { describe, expect, it } from 'vitest';
import { judgeAnswer } from '../src/index.js';

const chat = (message: object, finish = 'stop', usage = {}): object => ({
  choices: [{ message, finish_reason: finish }],
  usage,
});
const call = (id?: string): object => ({
  type: 'function',
  function: { name: 'f', arguments: '{}' },
  ...(id === undefined ? {} : { id }),
});
const text = (value: string): object => ({ type: 'message', content: [{ type: 'output_text', text: value }] });

describe('a good answer', () => {
  it.each([
    ['a text', chat({ content: 'hello' })],
    ['text as JSON', JSON.stringify(chat({ content: 'hello' }))],
    ['tool calls', chat({ content: null, tool_calls: [call('1'), call('2')] }, 'tool_calls')],
    ['parts', chat({ content: [{ type: 'text', text: 'x' }] })],
    ['a refusal where no schema was asked', chat({ content: null, refusal: 'No.' })],
    ['a response', { object: 'response', status: 'completed', output: [text('x')] }],
    ['a response with a call', { output: [{ type: 'function_call', call_id: '1' }] }],
  ])('%s has no flaw', (_, body) => {
    expect(judgeAnswer(body)).toBeUndefined();
  });
});

describe('a bad answer with a good status', () => {
  it.each([
    ['HTML', '<html></html>', 'RESPONSE_MALFORMED'],
    ['nothing', '', 'RESPONSE_MALFORMED'],
    ['cut JSON', '{"choices":[', 'RESPONSE_MALFORMED'],
    ['no choices', { object: 'chat.completion' }, 'RESPONSE_MALFORMED'],
    ['empty choices', { choices: [] }, 'RESPONSE_MALFORMED'],
    ['no message', { choices: [{}] }, 'RESPONSE_MALFORMED'],
    ['an error object', { error: { code: 'insufficient_quota', message: 'x' } }, 'QUOTA_EXHAUSTED'],
    ['a cut text', chat({ content: 'hel' }, 'length'), 'OUTPUT_TRUNCATED'],
    ['a cut call', chat({ content: null, tool_calls: [call('1')] }, 'length'), 'TOOL_CALL_TRUNCATED'],
    ['a filtered text', chat({ content: '' }, 'content_filter'), 'OUTPUT_FILTERED'],
    ['an empty text', chat({ content: '' }), 'OUTPUT_EMPTY'],
    ['nothing at all', chat({ content: null }), 'OUTPUT_EMPTY'],
    ['calls of one id', chat({ tool_calls: [call('1'), call('1')] }), 'TOOL_CALL_ID_INVALID'],
    ['a call without an id', chat({ tool_calls: [call()] }), 'TOOL_CALL_ID_INVALID'],
    [
      'a cut response',
      { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [text('x')] },
      'OUTPUT_TRUNCATED',
    ],
    [
      'a filtered response',
      { status: 'incomplete', incomplete_details: { reason: 'content_filter' }, output: [] },
      'OUTPUT_FILTERED',
    ],
    [
      'a failed response',
      { object: 'response', status: 'failed', error: { code: 'server_error', message: 'x' } },
      'PROVIDER_ERROR',
    ],
    ['an empty response', { output: [] }, 'OUTPUT_EMPTY'],
  ])('%s is named', (_, body, code) => {
    expect(judgeAnswer(body)?.code).toBe(code);
  });

  it('is a refusal where a schema was asked', () => {
    expect(judgeAnswer(chat({ content: null, refusal: 'No.' }), { isSchemaAsked: true })?.code).toBe('MODEL_REFUSED');
    const response = { output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] }] };
    expect(judgeAnswer(response, { isSchemaAsked: true })?.code).toBe('MODEL_REFUSED');
  });

  it('counts far fewer tokens than were sent', () => {
    const answer = chat({ content: 'x' }, 'stop', { prompt_tokens: 59 });
    expect(judgeAnswer(answer, { inputTokens: 100 })?.code).toBe('CONTEXT_CUT_SILENTLY');
    expect(judgeAnswer(answer, { inputTokens: 98 })).toBeUndefined();
    expect(judgeAnswer({ output: [text('x')], usage: { input_tokens: 10 } }, { inputTokens: 100 })?.code).toBe(
      'CONTEXT_CUT_SILENTLY',
    );
  });
});

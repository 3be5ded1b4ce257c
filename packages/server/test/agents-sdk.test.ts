import { Agent, OpenAIProvider, Runner } from '@openai/agents';
import OpenAI from 'openai';
import { expect, it } from 'vitest';
import { ADMIN_KEY, startServer, withAuth, type TestServer } from './support/start-server.js';

async function withHelper(): Promise<TestServer> {
  const test = await startServer({ config: withAuth });
  await test.orchestrator.createAgent({ name: 'Helper', instructions: 'Help.' }, { id: 'helper' });
  return test;
}

function runnerOf({ url }: TestServer, useResponses: boolean): Runner {
  const openAIClient = new OpenAI({ baseURL: `${url}/v1`, apiKey: ADMIN_KEY, maxRetries: 0 });
  const modelProvider = new OpenAIProvider({ openAIClient, useResponses });
  return new Runner({ modelProvider, tracingDisabled: true });
}

const caller = new Agent({ name: 'Caller', instructions: 'Ask the helper.', model: 'helper' });

it.each([
  ['/v1/responses', true],
  ['/v1/chat/completions', false],
])('answers an agent of the Agents SDK by %s', async (_path, useResponses) => {
  await using test = await withHelper();
  const result = await runnerOf(test, useResponses).run(caller, 'Say something.');
  expect(result.finalOutput).toBe('You said: Say something.');
  expect(result.rawResponses[0]?.usage.totalTokens).toBeGreaterThan(0);
});

it.each([
  ['/v1/responses', true],
  ['/v1/chat/completions', false],
])('streams to an agent of the Agents SDK by %s', async (_path, useResponses) => {
  await using test = await withHelper();
  const streamed = await runnerOf(test, useResponses).run(caller, 'one two three four five six', { stream: true });
  const pieces: string[] = [];
  for await (const piece of streamed.toTextStream() as unknown as AsyncIterable<string>) pieces.push(piece);
  await streamed.completed;
  expect(pieces.join('')).toBe('You said: one two three four five six');
  expect(pieces.length).toBeGreaterThan(1);
  expect(streamed.finalOutput).toBe('You said: one two three four five six');
});

it('goes on with a conversation of the Agents SDK', async () => {
  await using test = await withHelper();
  const runner = runnerOf(test, true);
  const first = await runner.run(caller, 'I am Ada.');
  const second = await runner.run(caller, [...first.history, { role: 'user', content: 'Who am I?' }]);
  expect(second.finalOutput).toBe('You said: Who am I?');
  const third = await runner.run(caller, 'And now?', { previousResponseId: second.lastResponseId as string });
  expect(third.finalOutput).toBe('You said: And now?');
});

it('tells an agent of the Agents SDK that its own tools and handoffs are not taken', async () => {
  await using test = await withHelper();
  const other = new Agent({ name: 'Other', instructions: 'Help.', model: 'helper' });
  const withHandoff = new Agent({ name: 'Caller', instructions: 'Ask.', model: 'helper', handoffs: [other] });
  await expect(runnerOf(test, true).run(withHandoff, 'Hello')).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('"tools" is not supported here') as string,
  });
});

import { scriptedModel } from '@master-orchestrator/testing';
import OpenAI, { APIError } from 'openai';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ADMIN_KEY, startServer, withAuth, type TestServer } from './support/start-server.js';

const LONG = 'One two three four five six seven eight nine ten. Eleven twelve.\nThirteen.';

async function withAgent(text = LONG, options: Parameters<typeof startServer>[0] = {}): Promise<TestServer> {
  const test = await startServer({ answer: () => ({ text }), ...options });
  await test.orchestrator.createAgent({ name: 'Helper', instructions: 'Help.' }, { id: 'helper' });
  return test;
}

function clientOf({ url }: TestServer, apiKey = 'unused'): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
}

it('answers a chat completion of the official client', async () => {
  await using test = await withAgent();
  const answer = await clientOf(test).chat.completions.create({
    model: 'helper',
    messages: [{ role: 'user', content: 'Count.' }],
  });
  expect(answer.choices[0]?.message.content).toBe(LONG);
  expect(answer.choices[0]?.finish_reason).toBe('stop');
  expect(answer.usage?.total_tokens).toBeGreaterThan(0);
});

it('streams a chat completion to the official client, piece by piece and whole', async () => {
  await using test = await withAgent();
  const stream = await clientOf(test).chat.completions.create({
    model: 'Helper',
    messages: [{ role: 'user', content: 'Count.' }],
    stream: true,
    stream_options: { include_usage: true },
  });
  const pieces: string[] = [];
  let finish: string | null | undefined;
  let usage: number | undefined;
  for await (const chunk of stream) {
    const [choice] = chunk.choices;
    if (choice?.delta.content) pieces.push(choice.delta.content);
    finish = choice?.finish_reason ?? finish;
    usage = chunk.usage?.total_tokens ?? usage;
  }
  expect(pieces.join('')).toBe(LONG);
  expect(pieces.length).toBeGreaterThan(2);
  expect(finish).toBe('stop');
  expect(usage).toBeGreaterThan(0);
});

it('answers a response of the official client', async () => {
  await using test = await withAgent();
  const response = await clientOf(test).responses.create({ model: 'helper', input: 'Count.' });
  expect(response.output_text).toBe(LONG);
  expect(response.status).toBe('completed');
});

it('streams a response to the official client with every event in order', async () => {
  await using test = await withAgent();
  const stream = clientOf(test).responses.stream({ model: 'helper', input: 'Count.' });
  const types: string[] = [];
  for await (const event of stream) types.push(event.type);
  const final = await stream.finalResponse();
  expect(final.output_text).toBe(LONG);
  expect([...new Set(types)]).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ]);
});

it('goes on from an earlier response', async () => {
  const model = scriptedModel([
    { text: 'Nice to meet you, Ada.' },
    {
      text: 'You are Ada.',
      check: ({ items }) => {
        const said = items.flatMap((item) => (item.type === 'message' ? [item.content] : []));
        expect(said).toEqual(['I am Ada.', 'Nice to meet you, Ada.', 'Who am I?']);
      },
    },
  ]);
  await using test = await withAgent('', { orchestrator: { models: [model] } });
  const client = clientOf(test);
  const first = await client.responses.create({ model: 'helper', input: 'I am Ada.' });
  const second = await client.responses.create({
    model: 'helper',
    input: 'Who am I?',
    previous_response_id: first.id,
  });
  expect(second.output_text).toBe('You are Ada.');
  expect((await client.responses.retrieve(first.id)).output_text).toBe('Nice to meet you, Ada.');
  await client.responses.delete(first.id);
  await expect(client.responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 });
  model.assertDone();
});

it('answers in the shape a client asks for', async () => {
  await using test = await withAgent('{"city":"Lisbon","people":545796}');
  const answer = await clientOf(test).chat.completions.create({
    model: 'helper',
    messages: [{ role: 'user', content: 'Facts.' }],
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'facts',
        strict: true,
        schema: z.toJSONSchema(z.strictObject({ city: z.string(), people: z.number() })),
      },
    },
  });
  expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toEqual({ city: 'Lisbon', people: 545_796 });
});

it('lists agents as models', async () => {
  await using test = await withAgent();
  const client = clientOf(test);
  const ids: string[] = [];
  for await (const model of client.models.list()) ids.push(model.id);
  expect(ids).toEqual(['helper']);
  expect(await client.models.retrieve('Helper')).toMatchObject({ id: 'helper', owned_by: 'master-orchestrator' });
});

it('tells the official client of failures in its own classes', async () => {
  await using test = await withAgent(LONG, { config: withAuth });
  const ask = (client: OpenAI, model: string): Promise<unknown> =>
    client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello' }] });
  await expect(ask(clientOf(test, 'wrong'), 'helper')).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  await expect(ask(clientOf(test, ADMIN_KEY), 'nobody')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  await expect(
    clientOf(test, ADMIN_KEY).chat.completions.create({
      model: 'helper',
      messages: [{ role: 'user', content: 'Hello' }],
      tools: [{ type: 'function', function: { name: 'mine', parameters: {} } }],
    }),
  ).rejects.toBeInstanceOf(OpenAI.BadRequestError);
});

it('tells of a failing model by a status, streamed or not, before the first piece', async () => {
  await using test = await withAgent('', {
    answer: () => ({ text: '', error: new Error('out of order') }),
  });
  for (const stream of [false, true]) {
    const asked = clientOf(test).chat.completions.create({
      model: 'helper',
      messages: [{ role: 'user', content: 'Hello' }],
      stream,
    });
    const error: unknown = await asked.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(APIError);
    expect((error as APIError).status).toBeGreaterThanOrEqual(500);
    expect(JSON.stringify((error as APIError).error)).not.toContain('stack');
  }
});

it('cancels the task where the client goes away', async () => {
  await using test = await withAgent('', { answer: () => ({ text: '', hang: true }) });
  const controller = new AbortController();
  const asked = clientOf(test).chat.completions.create(
    { model: 'helper', messages: [{ role: 'user', content: 'Hello' }], stream: true },
    { signal: controller.signal },
  );
  asked.catch(() => undefined);
  const ended = new Promise<string>((resolve) => {
    test.orchestrator.listen('test', (event) => {
      if (event.type === 'model-call-start') controller.abort();
      if (event.type === 'task-end') resolve(event.data.status);
    });
  });
  expect(await ended).toBe('cancelled');
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defineTool,
  type AnyTool,
  type ModelDelta,
  type ModelProvider,
  type ModelRequest,
} from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { recordCassette, replayCassette, scriptedModel, testToolContext } from '../src/index.js';

const request = (content: string): ModelRequest => ({
  model: 'model',
  instructions: 'You are careful.',
  items: [
    { type: 'message', role: 'user', content: 'First question.' },
    { type: 'message', role: 'user', content },
  ],
  tools: [],
  settings: { maxOutputTokens: 500 },
});
const { signal } = new AbortController();

const add = defineTool({
  name: 'add_numbers',
  description: 'Adds two numbers.',
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => {
    if (a < 0) throw new OrchestratorError('TOOL_FAILED', 'Negative numbers are too hard.', { isRetryable: true });
    return { sum: a + b };
  },
}) as AnyTool;

const run = (tool: AnyTool | undefined, input: object): Promise<unknown> => {
  if (tool === undefined) throw new Error('there is no such tool');
  return tool.execute(input as never, testToolContext());
};

async function streamed(model: ModelProvider, content: string): Promise<readonly ModelDelta[]> {
  const deltas: ModelDelta[] = [];
  await model.respond(request(content), { signal, onDelta: (delta) => deltas.push(delta) });
  return deltas;
}

describe('a cassette', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cassette-'));
    file = join(folder, 'run.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function record(
    contents: readonly string[],
    model: ModelProvider,
    secrets: readonly string[] = [],
  ): Promise<void> {
    await using recording = recordCassette({ file, model, secrets });
    for (const content of contents) await recording.model.respond(request(content), { signal }).catch(() => {});
  }

  it('plays the answers it recorded, deltas included', async () => {
    const model = scriptedModel(
      [{ text: 'One answer in pieces.', toolCalls: [{ name: 'add_numbers', arguments: { a: 1 } }] }],
      {
        chunkSize: 4,
      },
    );
    const recording = recordCassette({ file, model });
    const deltas = await streamed(recording.model, 'Add.');
    await recording.save();
    const replay = await replayCassette({ file });
    expect(await streamed(replay.model, 'Add.')).toEqual(deltas);
    replay.assertDone();
    expect(replay.model).toMatchObject({ name: 'scripted', origin: 'scripted:scripted' });
  });

  it('plays tools and their failures', async () => {
    const recording = recordCassette({ file, tools: [add] });
    await run(recording.tools[0], { a: 1, b: 2 });
    await run(recording.tools[0], { a: -1, b: 2 }).catch(() => {});
    await recording.save();
    const never = { ...add, execute: () => Promise.reject(new Error('really called')) };
    const replay = await replayCassette({ file, tools: [never] });
    await expect(run(replay.tools[0], { b: 2, a: -1 })).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      isRetryable: true,
    });
    expect(await run(replay.tools[0], { a: 1, b: 2 })).toEqual({ sum: 3 });
    replay.assertDone();
  });

  it('plays a failure of the model with its code', async () => {
    await record(
      ['x'],
      scriptedModel([{ error: new OrchestratorError('RATE_LIMITED', 'wait', { retryAfterMs: 70 }) }]),
    );
    const replay = await replayCassette({ file });
    await expect(replay.model.respond(request('x'), { signal })).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterMs: 70,
    });
  });

  it('shows the first character of a prompt that changed', async () => {
    await record(['Analyze the dataset and report.'], scriptedModel([{ text: 'x' }]));
    const replay = await replayCassette({ file });
    const changed = replay.model.respond(request('Analyse the dataset and report.'), { signal });
    await expect(changed).rejects.toMatchObject({
      message: [
        'Call 1 of the model differs from recorded call 1 at items[1].content, character 5:',
        '  expected: Analyze the dataset and report.'.slice(0, 12) + 'Analyze the dataset and repor…',
        '  actual:   Analyse the dataset and repor…',
        '                 ^',
      ].join('\n'),
    });
    expect(() => replay.assertDone()).toThrow('items[1].content, character 5');
  });

  it('compares with the recorded call that agrees longest', async () => {
    await record(['Nothing alike.', 'Question two, part one.'], scriptedModel([{ text: 'x' }, { text: 'y' }]));
    const replay = await replayCassette({ file });
    await expect(replay.model.respond(request('Question two, part two.'), { signal })).rejects.toThrow(
      'Call 1 of the model differs from recorded call 2 at items[1].content, character 19',
    );
  });

  it('finds a call in whatever order calls come, and equal ones in the order recorded', async () => {
    const model = scriptedModel([{ text: 'a1' }, { text: 'b' }, { text: 'a2' }]);
    await record(['a', 'b', 'a'], model);
    const replay = await replayCassette({ file });
    const texts = [];
    for (const content of ['b', 'a', 'a']) {
      texts.push((await replay.model.respond(request(content), { signal })).items[0]);
    }
    expect(texts).toMatchObject([{ content: 'b' }, { content: 'a1' }, { content: 'a2' }]);
  });

  it('refuses a call beyond the recorded ones, and names those that were not made', async () => {
    await record(['a'], scriptedModel([{ text: 'x' }]));
    const replay = await replayCassette({ file });
    expect(replay.unused).toBe(1);
    expect(() => replay.assertDone()).toThrow('not called: model');
    await replay.model.respond(request('a'), { signal });
    await expect(replay.model.respond(request('a'), { signal })).rejects.toThrow('all recorded ones are used up');
  });

  it('keeps secrets out of the file, and plays all the same', async () => {
    const secret = 'the-word-is-swordfish';
    const key = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789';
    const contents = [`Use ${key} and ${secret}.`];
    await record(contents, scriptedModel([{ text: `I used ${secret} at https://user:hunter22@example.com.` }]), [
      secret,
    ]);
    const text = await readFile(file, 'utf8');
    for (const word of [secret, key, 'hunter22']) expect(text).not.toContain(word);
    const replay = await replayCassette({ file, secrets: [secret] });
    await replay.model.respond(request(contents[0] ?? ''), { signal });
    replay.assertDone();
  });

  it('keeps every number of an answer', async () => {
    const usage = { inputTokens: 10, outputTokens: 5, cachedInputTokens: 3, reasoningTokens: 2 };
    await record(['a'], scriptedModel([{ text: 'x', usage }]));
    const replay = await replayCassette({ file });
    expect((await replay.model.respond(request('a'), { signal })).usage).toEqual(usage);
  });

  it('keeps what the provider said of its models and of the size of a request', async () => {
    const model = scriptedModel([{ text: 'x' }], { description: { contextWindow: 1_000 } });
    const counting = { ...model, countTokens: () => 77, describe: () => model.describe('model') };
    await record(['a'], { ...counting, respond: (...call) => model.respond(...call) });
    const replay = await replayCassette({ file });
    expect(replay.model.describe('model')).toEqual({ contextWindow: 1_000 });
    expect(replay.model.countTokens?.(request('a'))).toBe(77);
  });

  it('hands the rest of the provider through while it records', async () => {
    const model = scriptedModel([]);
    const recording = recordCassette({ file, model });
    expect(recording.model.describe('model')).toEqual(model.describe('model'));
    expect(recording.model.countTokens?.(request('a'))).toBe(model.countTokens?.(request('a')));
    await expect(recording.model.ping?.(AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('leaves out of the comparison what normalize takes away', async () => {
    await record(['Today is 2026-01-01.'], scriptedModel([{ text: 'x' }]));
    const normalize = (value: unknown): never =>
      JSON.parse(JSON.stringify(value).replace(/\d{4}-\d\d-\d\d/g, 'DAY')) as never;
    const replay = await replayCassette({ file, normalize });
    const { items } = await replay.model.respond(request('Today is 2027-12-31.'), { signal });
    expect(items).toMatchObject([{ content: 'x' }]);
  });

  it('plays a cancelled call by waiting for the cancel', async () => {
    const controller = new AbortController();
    const recording = recordCassette({ file, model: scriptedModel([{ hang: true }]) });
    const cut = recording.model.respond(request('a'), { signal: controller.signal });
    controller.abort();
    await expect(cut).rejects.toMatchObject({ code: 'CANCELLED' });
    await recording.save();
    const replay = await replayCassette({ file });
    const again = new AbortController();
    const played = replay.model.respond(request('a'), { signal: again.signal });
    again.abort();
    await expect(played).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('writes the same file for the same calls', async () => {
    const texts = [];
    for (let turn = 0; turn < 2; turn += 1) {
      await record(
        ['a', 'b'],
        scriptedModel((_request, index) => ({ text: `answer ${index}` })),
      );
      texts.push(await readFile(file, 'utf8'));
    }
    expect(texts[0]).toBe(texts[1]);
  });

  it('says so where the file is missing or something else', async () => {
    await expect(replayCassette({ file })).rejects.toMatchObject({ code: 'FILE_INVALID' });
    await writeFile(file, '{"version":2}');
    await expect(replayCassette({ file })).rejects.toThrow('is no cassette of version 1');
  });
});

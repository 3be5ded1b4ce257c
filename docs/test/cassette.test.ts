import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineTool, type AnyTool, type ModelProvider, type OrchestratorEvent } from '@master-orchestrator/contracts';
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { createOpenAIProvider } from '@master-orchestrator/model-openai';
import {
  recordCassette,
  replayCassette,
  seededIds,
  seededRandom,
  startOpenAIServer,
  virtualClock,
} from '@master-orchestrator/testing';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

const API_KEY = 'sk-proj-the-real-key-0123456789abcdef';
const IN_PROMPT = 'the-word-of-the-prompt';
const IN_RESULT = 'the-word-of-the-result';
const secrets = [IN_PROMPT, IN_RESULT];

function toolsOf(note: string): { readonly calls: string[]; readonly tools: readonly AnyTool[] } {
  const calls: string[] = [];
  const lookup = defineTool({
    name: 'find_customer',
    description: 'Finds a customer.',
    inputSchema: z.object({ name: z.string() }),
    effect: 'idempotent',
    execute: async ({ name }) => ({ found: calls.push(name) > 0, name, note }),
  });
  return { calls, tools: [lookup] };
}

/** A streamed task with two turns of tool calls; gives its answer and every event. */
async function run(model: ModelProvider, tools: readonly AnyTool[], instructions = `Never say ${IN_PROMPT}.`) {
  const events: OrchestratorEvent[] = [];
  await using orchestrator = await createTestOrchestrator({
    models: [model],
    tools,
    clock: virtualClock(),
    random: seededRandom('cassette'),
    createId: seededIds('cassette'),
  });
  orchestrator.listen('log', (event) => void events.push(event));
  const agentId = await orchestrator.createAgent({ name: 'clerk', instructions, tools: ['find_customer'] });
  const { text } = await orchestrator.run('Are Ada and Bob customers?', { agentId }).result;
  return { text, log: events.map((event) => JSON.stringify(event)).join('\n') };
}

/** Real traffic: the client of OpenAI's format against a server that checks what it is sent. */
async function record(api: 'responses' | 'chat', note: string) {
  const folder = await mkdtemp(join(tmpdir(), 'cassette-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'run.json');
  const both = ['Ada', 'Bob'].map((name) => ({ name: 'find_customer', arguments: { name } }));
  await using server = await startOpenAIServer({
    apiKey: API_KEY,
    script: [
      { text: 'I look.', toolCalls: both },
      { toolCalls: [{ name: 'find_customer', arguments: { name: 'Cy' } }] },
      { text: 'All three are customers, and that was all of it.' },
    ],
  });
  const { tools, calls } = toolsOf(note);
  const provider = createOpenAIProvider({ apiKey: API_KEY, baseUrl: server.url, api, models: ['gpt-4o'] });
  const recording = recordCassette({ file, model: provider, tools, secrets });
  const result = await run(recording.model, recording.tools);
  await recording.save();
  server.assertDone();
  expect(server.requests.every(({ headers }) => headers['authorization'] === `Bearer ${API_KEY}`)).toBe(true);
  expect(calls).toEqual(['Ada', 'Bob', 'Cy']);
  return { ...result, file };
}

/** A model and tools that nothing may reach: what answers is the cassette. */
async function play(file: string, instructions?: string) {
  const { tools, calls } = toolsOf('never read');
  const replay = await replayCassette({ file, tools, secrets });
  const result = await run(replay.model, replay.tools, instructions);
  replay.assertDone();
  expect(calls).toEqual([]);
  return result;
}

it.each(['responses', 'chat'] as const)('plays real traffic (%s) with the same events, byte for byte', async (api) => {
  const recorded = await record(api, 'nothing secret');
  expect(recorded.log).toContain('model-call-delta');
  const replayed = await play(recorded.file);
  expect(replayed.log).toBe(recorded.log);
  expect(replayed.text).toBe('All three are customers, and that was all of it.');
});

it('has neither the key of the header nor named secrets of prompts and tool results on the cassette', async () => {
  const recorded = await record('responses', IN_RESULT);
  const tape = await readFile(recorded.file, 'utf8');
  for (const word of [API_KEY, IN_PROMPT, IN_RESULT]) expect(tape).not.toContain(word);
  const [first, second] = [await play(recorded.file), await play(recorded.file)];
  expect(first.log).toBe(second.log);
  expect(first.log).not.toContain(IN_RESULT);
});

it('names the call and the place where one word of a prompt differs', async () => {
  const { file } = await record('responses', 'nothing secret');
  await expect(play(file, `Never tell ${IN_PROMPT}.`)).rejects.toThrow(
    [
      'Call 1 of the model differs from recorded call 1 at instructions, character 6:',
      '  expected: Never say [redacted].',
      '  actual:   Never tell [redacted].',
      '                  ^',
    ].join('\n'),
  );
});

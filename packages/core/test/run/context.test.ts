import { defineTool, type ModelItem, type ModelRequest } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SESSION_STORE } from '../../src/index.js';
import { createTestOrchestrator } from '../../src/testing.js';
import { paired } from '../../src/run/transcript.js';
import { call, scene } from './helpers.js';

const read = (text: string) =>
  defineTool({
    name: 'read',
    description: 'Reads a page.',
    inputSchema: z.object({ page: z.number() }),
    accessLevel: 'public',
    effect: 'pure',
    execute: async ({ page }) => ({ page, text }),
  });

/** A model that counts a token for so many characters, and refuses what its window cannot hold. */
function strictModel(turns: number, window: number, charactersPerToken: number) {
  const counts: number[] = [];
  const count = ({ instructions = '', items, tools }: ModelRequest): number =>
    Math.ceil(JSON.stringify([instructions, items, tools]).length / charactersPerToken);
  const model = scriptedModel(
    (request, index) => {
      const inputTokens = count(request);
      counts.push(inputTokens);
      if (inputTokens + 200 > window) return { error: new OrchestratorError('CONTEXT_TOO_LONG', 'too long') };
      const usage = { inputTokens, outputTokens: 20 };
      return index < turns ? { ...call('read', { page: index }), usage } : { text: 'done', usage };
    },
    { description: { contextWindow: window, maxOutputTokens: 200 } },
  );
  return { model, counts };
}

describe('a conversation that grows towards the window of its model', () => {
  it.each([
    { name: 'English', text: 'A line of the page. '.repeat(40), charactersPerToken: 4 },
    { name: 'Chinese', text: '数据已经准备好了。'.repeat(60), charactersPerToken: 1 },
  ])('is shortened before it is refused: $name', async ({ text, charactersPerToken }) => {
    const { model, counts } = strictModel(15, 3_000, charactersPerToken);
    await using orchestrator = await createTestOrchestrator({ models: [model], tools: [read(text)] });
    const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'Read.', tools: ['read'] });
    const taskId = await orchestrator.createTask({ description: 'Read 15 pages', agentId });
    const result = await orchestrator.executeTask(taskId);
    expect(result).toMatchObject({ text: 'done', isPartial: true, notes: [expect.stringContaining('shortened')] });
    expect(Math.max(...counts)).toBeLessThanOrEqual(2_800);
    expect(model.requests).toHaveLength(16);
    for (const { items } of model.requests) {
      expect(paired(items)).toEqual(items);
      expect(items[0]).toMatchObject({ content: 'Read 15 pages' });
    }
  });

  it('is shortened when the server says that it is too long', async () => {
    const model = scriptedModel(
      (request, index) => {
        if (index < 6) return call('read', { page: index });
        if (index === 6) return { error: new OrchestratorError('CONTEXT_TOO_LONG', 'too long') };
        return { text: `read ${request.items.length} items` };
      },
      { description: {} },
    );
    await using orchestrator = await createTestOrchestrator({ models: [model], tools: [read('x'.repeat(3_000))] });
    const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'Read.', tools: ['read'] });
    await orchestrator.executeTask(await orchestrator.createTask({ description: 'Read', agentId }));
    const sizes = model.requests.map(({ items }) => JSON.stringify(items).length);
    expect(sizes[7]).toBeLessThan((sizes[6] ?? 0) * 0.6);
  });

  it('is shortened to what a server has read that dropped the rest without a word; else the answer is kept and flagged', async () => {
    const usage = { inputTokens: 2_000, outputTokens: 5 };
    const model = scriptedModel([
      call('read', { page: 1 }),
      { text: 'about a part', usage },
      { text: 'about all', usage },
    ]);
    const deaf = scriptedModel(
      (_request, index) => (index === 0 ? call('read', { page: 1 }) : { text: 'a part', usage }),
      {
        name: 'deaf',
      },
    );
    await using orchestrator = await createTestOrchestrator({
      models: [model, deaf],
      tools: [read('word '.repeat(8_000))],
    });
    const run = async (name: string, task: string) => {
      const agentId = await orchestrator.createAgent({
        name,
        instructions: 'Read.',
        tools: ['read'],
        model: `${name}:model`,
      });
      return orchestrator.executeTask(await orchestrator.createTask({ description: task, agentId }));
    };
    expect(await run('scripted', 'Read')).toMatchObject({ text: 'about all' });
    expect(model.requests).toHaveLength(3);
    // The newest words are never shortened, so that here nothing helps.
    const kept = await run('deaf', 'long question '.repeat(3_000));
    expect(kept).toMatchObject({ text: 'a part', isPartial: true });
    expect(kept.notes?.join(' ')).toContain('only a part');
  });
});

describe('a session', () => {
  const say = async (
    orchestrator: Awaited<ReturnType<typeof createTestOrchestrator>>,
    agentId: string,
    words: string,
  ) => orchestrator.executeTask(await orchestrator.createTask({ description: words, agentId, sessionId: 's' }));

  it('keeps the shortened conversation where it had to be shortened', async () => {
    let stored: readonly ModelItem[] = [];
    const model = scriptedModel((_request, index) => ({ text: `${index} ${'word '.repeat(400)}` }), {
      description: { contextWindow: 3_000, maxOutputTokens: 700 },
    });
    await using orchestrator = await createTestOrchestrator({
      models: [model],
      rebind: (root) =>
        root.rebind(SESSION_STORE, () => {
          let version = 0;
          return {
            load: async () => (version === 0 ? undefined : { id: 's', items: stored, version, updatedAt: 0 }),
            append: async (_id, items) => {
              stored = [...stored, ...items];
              return (version += 1);
            },
            replace: async (_id, items) => {
              stored = items;
              return (version += 1);
            },
            delete: async () => true,
          };
        }),
    });
    const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'Talk.' });
    for (let n = 0; n < 12; n += 1) await say(orchestrator, agentId, `question ${n}`);
    expect(JSON.stringify(stored).length).toBeLessThan(20_000);
    expect(stored.at(-2)).toMatchObject({ role: 'user', content: 'question 11' });
    expect(stored.at(-1)).toMatchObject({ role: 'assistant', content: expect.stringMatching(/^11 /) });
    expect(paired(stored)).toEqual(stored);
  });

  it('keeps no word of the runner to the model, and all of what a handoff filter left out', async () => {
    await using stage = await scene((request, index) => {
      if (index < 2) return call('add', { a: 1, b: 1 });
      if (index === 2) return call('transfer_to_second', { reason: 'you know better' });
      return { text: `saw ${request.items.length}` };
    });
    await stage.orchestrator.createAgent({ name: 'second', instructions: 'Answer.' });
    const first = await stage.orchestrator.createAgent({
      name: 'first',
      instructions: 'Begin.',
      tools: ['add'],
      handoffs: [{ agent: 'second', filter: (items) => items.slice(0, 1) }],
    });
    await say(stage.orchestrator, first, 'hello');
    expect(stage.model.requests[2]?.items.some((item) => item.type === 'message' && item.role === 'system')).toBe(true);
    expect(stage.model.requests[3]?.items).toHaveLength(1);
    await say(stage.orchestrator, first, 'and now?');
    const items = stage.model.requests.at(4)?.items ?? [];
    expect(items.some((item) => item.type === 'message' && item.role === 'system')).toBe(false);
    expect(items.filter(({ type }) => type === 'tool-result')).toHaveLength(3);
    expect(items.at(-1)).toMatchObject({ content: 'and now?' });
  });
});

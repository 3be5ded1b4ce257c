import type { ModelItem, ModelRequest } from '@master-orchestrator/contracts';
import type { ModelStep } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { call, lastResults, scene } from './helpers.js';

function byInstructions(
  answers: Record<string, (request: ModelRequest) => ModelStep>,
): (request: ModelRequest) => ModelStep {
  return (request) => {
    const answer = answers[request.instructions ?? ''];
    if (answer === undefined) throw new Error(`no answer for "${request.instructions}"`);
    return answer(request);
  };
}
const hasResult = (request: ModelRequest): boolean => request.items.some(({ type }) => type === 'tool-result');

it('hands work to a delegate as a child task and reads its answer', async () => {
  await using stage = await scene(
    byInstructions({
      'Lead.': (request) =>
        hasResult(request)
          ? { text: 'The writer says: fine words' }
          : call('delegate_to_writer', { task: 'Write fine words' }),
      'Write.': () => ({ text: 'fine words' }),
    }),
  );
  await stage.orchestrator.createAgent({ name: 'writer', description: 'Writes.', instructions: 'Write.' });
  const lead = await stage.orchestrator.createAgent({ name: 'lead', instructions: 'Lead.', delegates: ['writer'] });
  const taskId = await stage.orchestrator.createTask({ description: 'Get words', agentId: lead });
  const result = await stage.orchestrator.executeTask(taskId);
  expect(result.text).toBe('The writer says: fine words');
  const child = stage.events.find((event) => event.type === 'run-start' && event.parentTaskId === taskId);
  expect(child?.data).toMatchObject({ agentName: 'writer', depth: 1 });
  expect(stage.types()).toEqual(expect.arrayContaining(['handoff-start', 'handoff-end']));
  expect(stage.events.filter(({ type }) => type === 'task-end')).toHaveLength(2);
});

it('counts what children use as part of the parent', async () => {
  await using stage = await scene(
    byInstructions({
      'Lead.': (request) => (hasResult(request) ? { text: 'done' } : call('delegate_to_writer', { task: 'Write' })),
      'Write.': () => ({ text: 'words' }),
    }),
  );
  await stage.orchestrator.createAgent({ name: 'writer', instructions: 'Write.' });
  const lead = await stage.orchestrator.createAgent({ name: 'lead', instructions: 'Lead.', delegates: ['writer'] });
  const result = await stage.orchestrator.executeTask(
    await stage.orchestrator.createTask({ description: 'x', agentId: lead }),
  );
  const calls = stage.events.flatMap((event) =>
    event.type === 'model-call-end' ? [event.data.usage?.inputTokens ?? 0] : [],
  );
  expect(calls).toHaveLength(3);
  expect(result.usage.inputTokens).toBe(calls.reduce((sum, each) => sum + each, 0));
});

it('answers a failing child to the parent, which goes on', async () => {
  await using stage = await scene(
    byInstructions({
      'Lead.': (request) =>
        hasResult(request) ? { text: 'alone then' } : call('delegate_to_looper', { task: 'Loop' }),
      'Loop.': () => call('add', { a: 1, b: 1 }),
    }),
  );
  await stage.orchestrator.createAgent({ name: 'looper', instructions: 'Loop.', tools: ['add'] });
  const lead = await stage.orchestrator.createAgent({ name: 'lead', instructions: 'Lead.', delegates: ['looper'] });
  const result = await stage.orchestrator.executeTask(
    await stage.orchestrator.createTask({ description: 'x', agentId: lead }),
  );
  expect(result.text).toBe('alone then');
  expect(lastResults(stage.model).at(-1)).toContain('LOOP_DETECTED');
});

it('refuses a cycle of delegation and tells the agent', async () => {
  await using stage = await scene(
    byInstructions({
      'A.': (request) => (hasResult(request) ? { text: 'a is done' } : call('delegate_to_b', { task: 'over to b' })),
      'B.': (request) =>
        hasResult(request) ? { text: 'b did it alone' } : call('delegate_to_a', { task: 'back to a' }),
    }),
  );
  const a = await stage.orchestrator.createAgent({ name: 'a', instructions: 'A.' });
  await stage.orchestrator.createAgent({ name: 'b', instructions: 'B.', delegates: ['a'] });
  await stage.orchestrator.updateAgent(a, { delegates: ['b'] });
  const result = await stage.orchestrator.executeTask(
    await stage.orchestrator.createTask({ description: 'x', agentId: a }),
  );
  expect(result.text).toBe('a is done');
  const told = stage.model.requests
    .flatMap(({ items }) => items)
    .find((item) => item.type === 'tool-result' && item.output.includes('HANDOFF_CYCLE'));
  expect(told).toBeDefined();
});

it('lets another agent take over the conversation', async () => {
  await using stage = await scene(
    byInstructions({
      'Front desk.': () => call('transfer_to_expert', { reason: 'hard question' }),
      'Expert.': () => ({ text: 'the expert answers' }),
    }),
  );
  await stage.orchestrator.createAgent({ name: 'expert', instructions: 'Expert.' });
  const desk = await stage.orchestrator.createAgent({
    name: 'desk',
    instructions: 'Front desk.',
    handoffs: ['expert'],
  });
  const result = await stage.orchestrator.executeTask(
    await stage.orchestrator.createTask({ description: 'hard?', agentId: desk }),
  );
  expect(result.text).toBe('the expert answers');
  expect(stage.model.requests[1]?.items[0]).toMatchObject({ role: 'user', content: 'hard?' });
});

it('cancels the children of a cancelled task', async () => {
  await using stage = await scene(
    byInstructions({
      'Lead.': () => call('delegate_to_sleeper', { task: 'sleep' }),
      'Sleep.': () => ({ text: '', hang: true }),
    }),
  );
  await stage.orchestrator.createAgent({ name: 'sleeper', instructions: 'Sleep.' });
  const lead = await stage.orchestrator.createAgent({ name: 'lead', instructions: 'Lead.', delegates: ['sleeper'] });
  const taskId = await stage.orchestrator.createTask({ description: 'x', agentId: lead });
  const result = stage.orchestrator.executeTask(taskId);
  result.catch(() => undefined);
  while (stage.model.running < 1 || stage.model.requests.length < 2)
    await new Promise((resolve) => setImmediate(resolve));
  await stage.orchestrator.cancelTask(taskId);
  await expect(result).rejects.toMatchObject({ code: 'CANCELLED' });
  while (stage.events.filter(({ type }) => type === 'task-end').length < 2)
    await new Promise((resolve) => setImmediate(resolve));
  const ends = stage.events.flatMap((event) => (event.type === 'task-end' ? [event.data.status] : []));
  expect(ends).toEqual(['cancelled', 'cancelled']);
  expect(stage.model.running).toBe(0);
});

it('starts delegates in the background, goes on, and collects their answers', async () => {
  await using stage = await scene(
    byInstructions({
      'Lead.': ({ items }) => {
        const results = items.flatMap((item) => (item.type === 'tool-result' ? [item.output] : []));
        if (results.length === 0)
          return { toolCalls: ['one', 'two'].map((task) => ({ name: 'start_writer', arguments: { task } })) };
        if (results.length === 2) return call('add', { a: 1, b: 1 });
        return results.length === 3 ? call('collect_results') : { text: results.at(-1) ?? '' };
      },
      'Write.': (request) => ({ text: `wrote ${JSON.stringify(request.items[0])}`, delayMs: 5 }),
    }),
  );
  await stage.orchestrator.createAgent({ name: 'writer', instructions: 'Write.' });
  const lead = await stage.orchestrator.createAgent({
    name: 'lead',
    instructions: 'Lead.',
    delegates: ['writer'],
    tools: ['add'],
    canStartInBackground: true,
  });
  const result = await stage.orchestrator.executeTask(
    await stage.orchestrator.createTask({ description: 'x', agentId: lead }),
  );
  expect(result.text).toMatch(/writer[^]*wrote[^]*one[^]*writer[^]*wrote[^]*two/);
  const ends = stage.events.filter(({ type }) => type === 'handoff-end');
  expect(ends).toHaveLength(2);
});

it('gives a model that answers too early the answers of its background tasks first', async () => {
  await using stage = await scene(
    byInstructions({
      'Lead.': ({ items }) => {
        const note = items.findLast((item) => item.type === 'message' && item.role === 'system');
        if (note !== undefined) return { text: 'with the answer' };
        return items.some(({ type }) => type === 'tool-result')
          ? { text: 'too early' }
          : call('start_writer', { task: 'words' });
      },
      'Write.': () => ({ text: 'words', delayMs: 5 }),
    }),
  );
  await stage.orchestrator.createAgent({ name: 'writer', instructions: 'Write.' });
  const lead = await stage.orchestrator.createAgent({
    name: 'lead',
    instructions: 'Lead.',
    delegates: ['writer'],
    canStartInBackground: true,
  });
  const result = await stage.orchestrator.executeTask(
    await stage.orchestrator.createTask({ description: 'x', agentId: lead }),
  );
  expect(result.text).toBe('with the answer');
});

it('stops two agents that pass a conversation to and fro', async () => {
  await using stage = await scene(
    byInstructions({
      'A.': (request) =>
        request.items.length > 20 ? { text: 'a gives in' } : call('transfer_to_b', { reason: 'yours' }),
      'B.': (request) =>
        request.items.length > 20 ? { text: 'b gives in' } : call('transfer_to_a', { reason: 'no, yours' }),
    }),
    {},
  );
  const a = await stage.orchestrator.createAgent({ name: 'a', instructions: 'A.' });
  await stage.orchestrator.createAgent({ name: 'b', instructions: 'B.', handoffs: ['a'] });
  await stage.orchestrator.updateAgent(a, { handoffs: ['b'] });
  const result = await stage.orchestrator
    .executeTask(await stage.orchestrator.createTask({ description: 'x', agentId: a }))
    .catch((error: unknown) => error);
  const handoffs = stage.events.filter(({ type }) => type === 'handoff-start');
  expect(handoffs.length).toBeLessThanOrEqual(8);
  expect(result).toMatchObject({});
});

it('checks the input of a handoff, and shows the next agent only what the filter leaves', async () => {
  const inputSchema = z.object({ topic: z.string() });
  const filter = (items: readonly ModelItem[]) => items.slice(0, 1);
  await using stage = await scene(
    byInstructions({
      'Desk.': (request) => call('transfer_to_expert', hasResult(request) ? { topic: 'tides' } : { subject: 'tides' }),
      'Expert.': () => ({ text: 'about tides' }),
    }),
  );
  await stage.orchestrator.createAgent({ name: 'expert', instructions: 'Expert.' });
  const desk = await stage.orchestrator.createAgent({
    name: 'desk',
    instructions: 'Desk.',
    handoffs: [{ agent: 'expert', inputSchema, filter }],
  });
  const result = await stage.orchestrator.executeTask(
    await stage.orchestrator.createTask({ description: 'tides?', agentId: desk }),
  );
  expect(result.text).toBe('about tides');
  expect(lastResults(stage.model)).toEqual([]);
  expect(stage.model.requests[1]?.items.at(-1)).toMatchObject({
    isError: true,
    output: expect.stringContaining('topic'),
  });
  expect(stage.model.requests[2]?.items).toEqual([{ type: 'message', role: 'user', content: 'tides?' }]);
});

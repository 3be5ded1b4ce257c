import type { ModelRequest } from '@master-orchestrator/contracts';
import type { ModelStep } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
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

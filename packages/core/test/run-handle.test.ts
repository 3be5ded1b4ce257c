import type { OrchestratorEvent } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { toArray, lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { RunStream } from '../src/events/run-stream.js';
import { call, scene } from './run/helpers.js';

it('streams the text of the answer while it arrives', async () => {
  await using stage = await scene([{ text: 'a longer answer that comes in pieces' }]);
  const handle = stage.orchestrator.run('x', { agentId: stage.agentId });
  const pieces = await lastValueFrom(handle.text$.pipe(toArray()));
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.join('')).toBe((await handle.result).text);
});

it('gives the whole text at once where answers are not streamed', async () => {
  await using stage = await scene([{ text: 'all at once' }]);
  const handle = stage.orchestrator.run('x', { agentId: stage.agentId, isStreamed: false });
  expect(await lastValueFrom(handle.text$.pipe(toArray()))).toEqual(['all at once']);
});

it('gives the same events as an iterable, and to a reader that comes late', async () => {
  await using stage = await scene([call('add', { a: 1, b: 1 }), { text: '2' }]);
  const handle = stage.orchestrator.run('x', { agentId: stage.agentId });
  const seen: OrchestratorEvent[] = [];
  for await (const event of handle) seen.push(event);
  await handle.result;
  expect(seen.at(-1)?.type).toBe('task-end');
  expect(await lastValueFrom(handle.events$.pipe(toArray()))).toEqual(seen);
  expect(await lastValueFrom(handle.eventsFrom(seen.length - 2).pipe(toArray()))).toEqual(seen.slice(-2));
});

it('ends its streams without an error where the run fails; the result tells', async () => {
  await using stage = await scene([{ error: new OrchestratorError('REQUEST_INVALID', 'no') }]);
  const handle = stage.orchestrator.run('x', { agentId: stage.agentId });
  handle.result.catch(() => undefined);
  expect(await lastValueFrom(handle.text$.pipe(toArray()))).toEqual([]);
  const events = await lastValueFrom(handle.events$.pipe(toArray()));
  expect(events.at(-1)).toMatchObject({ type: 'task-end', data: { status: 'failed' } });
  await expect(handle.result).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
});

it('shows the events of delegates with their parent', async () => {
  await using stage = await scene((request) => {
    if (request.instructions === 'Help.') return { text: 'helped' };
    return request.items.some(({ type }) => type === 'tool-result')
      ? { text: 'done' }
      : call('delegate_to_helper', { task: 'help' });
  });
  await stage.orchestrator.createAgent({ name: 'helper', instructions: 'Help.' });
  const lead = await stage.orchestrator.createAgent({ name: 'lead', instructions: 'Lead.', delegates: ['helper'] });
  const handle = stage.orchestrator.run('x', { agentId: lead });
  const events = await lastValueFrom(handle.events$.pipe(toArray()));
  const id = await handle.id;
  expect(events.some((event) => event.parentTaskId === id && event.type === 'task-end')).toBe(true);
});

it('tells a reader of what it cannot have any more as one gap', async () => {
  const stream = new RunStream(3);
  for (let seq = 1; seq <= 10; seq += 1) stream.push({ seq, at: 0, type: 'turn-start', data: { turn: seq } });
  stream.end();
  const events = await lastValueFrom(stream.from(2).pipe(toArray()));
  expect(events[0]).toMatchObject({ type: 'stream-gap', data: { from: 2, to: 7 } });
  expect(events.slice(1).map(({ seq }) => seq)).toEqual([8, 9, 10]);
});

it('keeps the conversation of a session across tasks', async () => {
  await using stage = await scene([{ text: 'Hello Ada' }, { text: 'You are Ada' }]);
  const { orchestrator, agentId } = stage;
  const say = async (description: string) =>
    orchestrator.executeTask(await orchestrator.createTask({ description, agentId, sessionId: 's1' }));
  await say('I am Ada');
  await say('Who am I?');
  const contents = stage.model.requests[1]?.items.map((item) => (item.type === 'message' ? item.content : ''));
  expect(contents).toEqual(['I am Ada', 'Hello Ada', 'Who am I?']);
});

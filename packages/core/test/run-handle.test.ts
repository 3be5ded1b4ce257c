import type { OrchestratorEvent } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { toArray, lastValueFrom } from 'rxjs';
import { scriptedModel } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
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

it('gives every event as plain data, equal to its copy as JSON', async () => {
  await using stage = await scene([call('add', { a: 1, b: 1 }), { text: '2 is the answer' }]);
  const handle = stage.orchestrator.run('x', { agentId: stage.agentId });
  await handle.result;
  const events = await lastValueFrom(handle.events$.pipe(toArray()));
  expect(events.map(({ type }) => type)).toContain('model-call-delta');
  for (const event of events) {
    expect(Object.getPrototypeOf(event)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(event.data)).toBe(Object.prototype);
    expect(event).toStrictEqual(JSON.parse(JSON.stringify(event)));
  }
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

it('gives its text to a reader that comes late, and to one that comes twice', async () => {
  await using stage = await scene([{ text: 'a longer answer that comes in pieces' }]);
  const handle = stage.orchestrator.run('x', { agentId: stage.agentId });
  const { text } = await handle.result;
  for (let time = 0; time < 2; time += 1) {
    const pieces = await lastValueFrom(handle.text$.pipe(toArray()));
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe(text);
  }
});

it('begins the text anew after an empty line where the answer was cut', async () => {
  const cut = new OrchestratorError('STREAM_CUT', 'cut');
  await using stage = await scene(
    [{ text: 'half of it', error: cut }, { text: 'the whole of it' }],
    {},
    { config: { recovery: { backoff: { baseMs: 1 } } } },
  );
  const handle = stage.orchestrator.run('x', { agentId: stage.agentId });
  expect((await lastValueFrom(handle.text$.pipe(toArray()))).join('')).toBe('half of it\n\nthe whole of it');
});

it('tells readers that the text begins anew where another model takes over', async () => {
  const refused = new OrchestratorError('RESPONSE_UNEXPECTED', 'no');
  await using stage = await scene(
    [{ text: 'half of it', error: refused }],
    { model: ['scripted:model', 'other:model'] },
    {
      models: [
        scriptedModel([{ text: 'half of it', error: refused }]),
        scriptedModel([{ text: 'from another' }], { name: 'other' }),
      ],
    },
  );
  await stage.orchestrator.run('x', { agentId: stage.agentId }).result;
  const restart = stage.events.find(({ type }) => type === 'model-call-restart');
  expect(restart?.data).toMatchObject({ model: 'other:model', attempt: 2, reason: 'RESPONSE_UNEXPECTED' });
});

it('goes on after the last event that a reader has seen', async () => {
  await using stage = await scene([call('add', { a: 1, b: 1 }), { text: '2' }]);
  const handle = stage.orchestrator.run('x', { agentId: stage.agentId });
  await handle.result;
  const all = await lastValueFrom(handle.events$.pipe(toArray()));
  const third = all.at(2) as OrchestratorEvent;
  expect(await lastValueFrom(handle.eventsFrom(third).pipe(toArray()))).toEqual(all.slice(3));
});

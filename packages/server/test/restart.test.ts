import { defineTool } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { newFile, payTool, startOn, waitFor, wordsOf, type Start } from './support/start-on-file.js';

const payCall = (amount: number) => ({ toolCalls: [{ name: 'pay', arguments: { amount } }] });

/** Queues a task and waits until it waits for a person. */
async function parked({ orchestrator }: Start, description: string): Promise<string> {
  const id = await orchestrator.createTask({ description, agentId: 'worker' });
  await orchestrator.enqueueTask(id);
  await waitFor(async () => ((await orchestrator.getTask(id)).status === 'waiting' ? true : undefined));
  return id;
}

it('keeps an open approval: answered after the restart, the call runs once', async () => {
  const file = newFile();
  const paid: number[] = [];
  const options = { tools: [payTool(paid)], agent: { tools: ['pay'] } };
  const first = await startOn(file, [payCall(12)], options);
  const id = await parked(first, 'pay 12');
  const asked = await first.orchestrator.listApprovals();
  expect(asked).toMatchObject([{ tool: 'pay', arguments: { amount: 12 }, taskId: id }]);
  await first.stop();

  const second = await startOn(file, [{ text: 'paid' }], options);
  expect(await second.orchestrator.listApprovals()).toEqual(asked);
  expect(paid).toEqual([]);
  await second.orchestrator.answerApproval(asked[0]?.id ?? '', { decision: 'approve', by: 'ada' });
  expect(await second.orchestrator.executeTask(id)).toMatchObject({ text: 'paid' });
  expect([paid, second.model.requests.length]).toEqual([[12], 1]);
  await second.stop();

  const third = await startOn(file, [], options);
  expect(await third.orchestrator.executeTask(id)).toMatchObject({ text: 'paid' });
  expect(await third.orchestrator.listApprovals('all')).toMatchObject([{ status: 'approved', answer: { by: 'ada' } }]);
  expect([paid, third.model.requests.length]).toEqual([[12], 0]);
});

it('keeps an open escalation: answered after the restart, the run tries again', async () => {
  const file = newFile();
  const error = new OrchestratorError('CREDENTIAL_REJECTED', 'The provider answered 401.');
  const first = await startOn(file, [{ error }], { canAskPeople: true });
  const id = await parked(first, 'needs a key');
  const asked = await first.orchestrator.listEscalations();
  expect(asked).toMatchObject([{ taskId: id, error: { code: 'CREDENTIAL_REJECTED' } }]);
  await first.stop();

  const second = await startOn(file, [{ text: 'with the new key' }], { canAskPeople: true });
  expect(await second.orchestrator.listEscalations()).toEqual(asked);
  await second.orchestrator.answerEscalation(asked[0]?.id ?? '', { action: 'retry', by: 'ada' });
  expect(await second.orchestrator.executeTask(id)).toMatchObject({ text: 'with the new key' });
  expect(second.model.requests).toHaveLength(1);
  expect(await second.orchestrator.listEscalations()).toEqual([]);
});

it('keeps the conversation of a session', async () => {
  const file = newFile();
  const say = async ({ orchestrator }: Start, description: string) =>
    orchestrator.executeTask(await orchestrator.createTask({ description, agentId: 'worker', sessionId: 'ada' }));
  const first = await startOn(file, [{ text: 'Hello Ada.' }]);
  await say(first, 'I am Ada.');
  await first.stop();

  const second = await startOn(file, [{ text: 'You are Ada.' }]);
  await say(second, 'Who am I?');
  expect(wordsOf(second.model.requests[0]?.items ?? [])).toEqual(['I am Ada.', 'Hello Ada.', 'Who am I?']);
});

it('keeps what was spent of a budget', async () => {
  const file = newFile();
  const agent = { budget: { requests: 2 } };
  const run = async ({ orchestrator }: Start) =>
    orchestrator.executeTask(await orchestrator.createTask({ description: 'work', agentId: 'worker' }));
  const spentIn = ({ orchestrator }: Start) => orchestrator.budgets.view('agent:worker')?.used;
  const first = await startOn(file, [{ text: 'one' }], { agent });
  await run(first);
  const { tokens = 0 } = spentIn(first) ?? {};
  expect(spentIn(first)).toMatchObject({ requests: 1 });
  expect(tokens).toBeGreaterThan(0);
  await first.stop();

  const second = await startOn(file, [{ text: 'two' }], { agent });
  await run(second);
  expect(spentIn(second)).toMatchObject({ requests: 2, tokens: 2 * tokens });
  await second.stop();

  const third = await startOn(file, [], { agent });
  await expect(run(third)).rejects.toMatchObject({ code: 'BUDGET_LIMIT' });
  expect(third.model.requests).toEqual([]);
});

it('keeps a dead letter: replayed after the restart, it is a new task that runs', async () => {
  const file = newFile();
  const error = new OrchestratorError('REQUEST_INVALID', 'The provider answered 400.');
  const first = await startOn(file, [{ error }]);
  const id = await first.orchestrator.createTask({ description: 'the input', agentId: 'worker' });
  await expect(first.orchestrator.executeTask(id)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  const letters = await first.orchestrator.listDeadLetters();
  await first.stop();

  const second = await startOn(file, [{ text: 'better now' }]);
  expect(await second.orchestrator.listDeadLetters()).toEqual(letters);
  const letter = letters[0]?.id ?? '';
  expect(wordsOf(await second.orchestrator.deadLetterTranscript(letter))).toEqual(['the input']);
  const again = await second.orchestrator.replayDeadLetter(letter);
  expect(again).not.toBe(id);
  expect(await second.orchestrator.executeTask(again)).toMatchObject({ text: 'better now' });
  expect(wordsOf(second.model.requests[0]?.items ?? [])).toEqual(['the input']);
  expect(await second.orchestrator.listDeadLetters('all')).toMatchObject([{ status: 'replayed', replayedAs: again }]);
  await expect(second.orchestrator.executeTask(id)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
});

it('forks a task of an earlier start from a step: what was before is not done again', async () => {
  const file = newFile();
  const noted: string[] = [];
  const note = defineTool({
    name: 'note',
    description: 'Notes a word.',
    inputSchema: z.object({ word: z.string() }),
    accessLevel: 'public',
    effect: 'idempotent',
    execute: async ({ word }) => {
      noted.push(word);
      return word;
    },
  });
  const noteCall = (word: string) => ({ toolCalls: [{ name: 'note', arguments: { word } }] });
  const options = { tools: [note], agent: { tools: ['note'] } };
  const first = await startOn(file, [noteCall('a'), noteCall('b'), { text: 'a and b' }], options);
  const id = await first.orchestrator.createTask({ description: 'note', agentId: 'worker' });
  await first.orchestrator.executeTask(id);
  const steps = await first.orchestrator.taskSteps(id);
  await first.stop();

  const second = await startOn(file, [noteCall('c'), { text: 'a and c' }], options);
  expect(await second.orchestrator.taskSteps(id)).toEqual(steps);
  const turns = steps.filter(({ key }) => key.includes('model'));
  expect(turns).toHaveLength(3);
  const forked = await second.orchestrator.forkTask(id, turns[1]?.key ?? '');
  expect(await second.orchestrator.executeTask(forked)).toMatchObject({ text: 'a and c' });
  expect(noted).toEqual(['a', 'b', 'c']);
  expect(second.model.requests).toHaveLength(2);
  expect(await second.orchestrator.executeTask(id)).toMatchObject({ text: 'a and b' });
});

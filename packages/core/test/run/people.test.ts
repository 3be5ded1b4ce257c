import { defineTool, silentLogger } from '@master-orchestrator/contracts';
import { OrchestratorError, systemClock } from '@master-orchestrator/errors';
import { scriptedModel, virtualClock } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMemoryEngine } from '../../src/index.js';
import { createTestOrchestrator } from '../../src/testing.js';
import { call, lastResults, scene, type Scene } from './helpers.js';

function paymentTool(paid: number[]) {
  return defineTool({
    name: 'pay',
    description: 'Pays an amount.',
    inputSchema: z.object({ amount: z.number() }),
    accessLevel: 'privileged',
    effect: 'unsafe',
    execute: async ({ amount }) => {
      paid.push(amount);
      return { isPaid: true };
    },
  });
}

async function waitFor<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
const firstApproval = (stage: Scene) => waitFor(async () => (await stage.orchestrator.listApprovals())[0]);

it('parks a privileged call until a person approves exactly these arguments', async () => {
  const paid: number[] = [];
  await using stage = await scene([call('pay', { amount: 12 }), { text: 'paid' }], {}, { tools: [paymentTool(paid)] });
  const taskId = await stage.orchestrator.createTask({ description: 'pay 12', agentId: stage.agentId });
  const result = stage.orchestrator.executeTask(taskId);
  const approval = await firstApproval(stage);
  expect(approval).toMatchObject({ tool: 'pay', arguments: { amount: 12 }, status: 'open', taskId });
  expect(approval.argumentsHash).toMatch(/^[0-9a-f]{64}$/);
  expect(paid).toEqual([]);
  await waitFor(async () => ((await stage.orchestrator.getTask(taskId)).status === 'waiting' ? true : undefined));
  await stage.orchestrator.answerApproval(approval.id, { decision: 'approve', by: 'ada' });
  await expect(result).resolves.toMatchObject({ text: 'paid' });
  expect(paid).toEqual([12]);
  expect(stage.types()).toEqual(expect.arrayContaining(['approval-request', 'task-park', 'approval-answer']));
});

it('tells the model that a person said no, and pays nothing', async () => {
  const paid: number[] = [];
  await using stage = await scene(
    [call('pay', { amount: 99 }), { text: 'not paid' }],
    {},
    { tools: [paymentTool(paid)] },
  );
  const result = stage.run();
  const approval = await firstApproval(stage);
  await stage.orchestrator.answerApproval(approval.id, { decision: 'deny', by: 'ada', note: 'too much' });
  await expect(result).resolves.toMatchObject({ text: 'not paid' });
  expect(paid).toEqual([]);
  expect(lastResults(stage.model)[0]).toContain('too much');
  await expect(
    stage.orchestrator.answerApproval(approval.id, { decision: 'approve', by: 'bob' }),
  ).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
});

it('asks once where a person approves for the run', async () => {
  const paid: number[] = [];
  await using stage = await scene(
    [call('pay', { amount: 1 }), call('pay', { amount: 2 }), { text: 'both' }],
    {},
    { tools: [paymentTool(paid)] },
  );
  const result = stage.run();
  await stage.orchestrator.answerApproval((await firstApproval(stage)).id, { decision: 'approve-for-run', by: 'ada' });
  await expect(result).resolves.toMatchObject({ text: 'both' });
  expect(paid).toEqual([1, 2]);
  expect(await stage.orchestrator.listApprovals('all')).toHaveLength(1);
});

it('runs the other calls of the turn while one waits for approval', async () => {
  const paid: number[] = [];
  const free = defineTool({
    name: 'free',
    description: 'Free.',
    inputSchema: z.object({}),
    accessLevel: 'public',
    effect: 'pure',
    execute: async () => 'free',
  });
  await using stage = await scene(
    [
      {
        toolCalls: [
          { name: 'pay', arguments: { amount: 5 } },
          { name: 'free', arguments: {} },
        ],
      },
      { text: 'ok' },
    ],
    {},
    { tools: [paymentTool(paid), free] },
  );
  const result = stage.run();
  const approval = await firstApproval(stage);
  await waitFor(async () =>
    stage.events.some((event) => event.type === 'tool-call-end' && event.data.tool === 'free') ? true : undefined,
  );
  expect(paid).toEqual([]);
  await stage.orchestrator.answerApproval(approval.id, { decision: 'approve', by: 'ada' });
  await result;
  expect(lastResults(stage.model)).toEqual(['{"isPaid":true}', 'free']);
});

it('holds no slot while a call waits: another task runs in the only one', async () => {
  const paid: number[] = [];
  await using stage = await scene(
    ({ items }) => {
      const last = items.at(-1);
      if (last?.type === 'tool-result') return { text: `pay said ${last.output}` };
      return last?.type === 'message' && last.content === 'pay' ? call('pay', { amount: 7 }) : { text: 'other work' };
    },
    {},
    { tools: [paymentTool(paid)], config: { maxConcurrentAgents: 1 } },
  );
  const paying = stage.run('pay');
  const approval = await firstApproval(stage);
  await expect(stage.run('something else')).resolves.toMatchObject({ text: 'other work' });
  await stage.orchestrator.answerApproval(approval.id, { decision: 'approve', by: 'ada' });
  await expect(paying).resolves.toMatchObject({ text: 'pay said {"isPaid":true}' });
});

it('writes down who approved, beside what was allowed', async () => {
  await using stage = await scene([call('pay', { amount: 3 }), { text: 'paid' }], {}, { tools: [paymentTool([])] });
  const result = stage.run();
  await stage.orchestrator.answerApproval((await firstApproval(stage)).id, { decision: 'approve', by: 'ada' });
  await result;
  const { items } = await stage.orchestrator.tools.decisions({ tool: 'pay' });
  expect(items).toMatchObject([
    { decision: 'allow', reason: expect.stringContaining('waits for approval') as string },
    { decision: 'allow', reason: 'approved by ada', approvedBy: 'ada' },
  ]);
});

it('takes no answer that was given to other arguments', async () => {
  const paid: number[] = [];
  const model = scriptedModel([call('pay', { amount: 12 }), { text: 'not paid' }]);
  const engine = createMemoryEngine({ clock: systemClock, random: Math.random, logger: silentLogger, agingMs: 0 });
  await using orchestrator = await createTestOrchestrator({ models: [model], tools: [paymentTool(paid)], engine });
  const agentId = await orchestrator.createAgent({ name: 'worker', instructions: 'Work.', tools: ['pay'] });
  const taskId = await orchestrator.createTask({ description: 'pay 12', agentId });
  const result = orchestrator.executeTask(taskId);
  const approval = await waitFor(async () => (await orchestrator.listApprovals())[0]);
  const answer = { decision: 'approve', by: 'ada', argumentsHash: approval.argumentsHash.replaceAll(/./g, '0') };
  await engine.signal(taskId, `approval:${approval.id}`, answer, 'forged');
  await expect(result).resolves.toMatchObject({ text: 'not paid' });
  expect(paid).toEqual([]);
  expect(lastResults(model)[0]).toContain('the arguments are not those that were approved');
});

describe('an approval that nobody gives in time', () => {
  async function expiring(onExpiry: 'approve' | 'deny', paid: number[]) {
    const clock = virtualClock();
    const pay = (amount: number) => ({ name: 'pay', arguments: { amount } });
    const config = { tools: { approvals: { expiryMs: 60_000, onExpiry } } };
    const steps = [{ toolCalls: [pay(1), pay(2)] }, { text: 'the end' }];
    const stage = await scene(steps, {}, { clock, tools: [paymentTool(paid)], config });
    const taskId = await stage.orchestrator.createTask({ description: 'pay', agentId: stage.agentId });
    const result = stage.orchestrator.executeTask(taskId);
    await waitFor(async () => ((await stage.orchestrator.getTask(taskId)).status === 'waiting' ? true : undefined));
    return { clock, stage, result };
  }

  it('is denied by default, each at its own time, and the run goes on', async () => {
    const paid: number[] = [];
    const { clock, stage, result } = await expiring('deny', paid);
    await using _stage = stage;
    const [first, second] = await stage.orchestrator.listApprovals();
    expect([first?.expiresAt, second?.expiresAt]).toEqual([clock.now() + 60_000, clock.now() + 60_000]);
    await clock.advanceAsync(60_000);
    await expect(result).resolves.toMatchObject({ text: 'the end' });
    expect(paid).toEqual([]);
    expect(lastResults(stage.model)).toEqual([
      expect.stringContaining('APPROVAL_EXPIRED'),
      expect.stringContaining('APPROVAL_EXPIRED'),
    ]);
    expect(await stage.orchestrator.listApprovals('expired')).toMatchObject([
      { answer: { decision: 'deny', by: 'default answer', at: clock.now() } },
      { answer: { decision: 'deny', by: 'default answer' } },
    ]);
    expect(stage.events.flatMap((event) => (event.type === 'approval-answer' ? [event.data.decision] : []))).toEqual([
      'expire',
      'expire',
    ]);
    await expect(
      stage.orchestrator.answerApproval(first?.id ?? '', { decision: 'approve', by: 'ada' }),
    ).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  });

  it('is given where that is the default answer', async () => {
    const paid: number[] = [];
    const { clock, stage, result } = await expiring('approve', paid);
    await using _stage = stage;
    const [first] = await stage.orchestrator.listApprovals();
    await stage.orchestrator.answerApproval(first?.id ?? '', { decision: 'deny', by: 'ada' });
    await clock.advanceAsync(60_000);
    await result;
    expect(paid).toHaveLength(1);
    const { items } = await stage.orchestrator.tools.decisions({ tool: 'pay' });
    expect(items.at(-1)).toMatchObject({ approvedBy: 'default answer' });
  });

  it('cannot be given any more, even where the run has not noticed yet', async () => {
    const { clock, stage, result } = await expiring('deny', []);
    await using _stage = stage;
    const [first] = await stage.orchestrator.listApprovals();
    clock.setNow(clock.now() + 60_000); // no timer has run
    const answer = stage.orchestrator.answerApproval(first?.id ?? '', { decision: 'approve', by: 'ada' });
    await expect(answer).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
      message: expect.stringContaining('the default answer holds') as string,
    });
    await clock.advanceAsync(60_000);
    await expect(result).resolves.toMatchObject({ text: 'the end' });
  });
});

it('escalates to a person where one can answer, and tries again as told', async () => {
  const error = new OrchestratorError('CREDENTIAL_REJECTED', 'The provider answered 401.');
  await using stage = await scene([{ error }, { text: 'with the new key' }], {}, { canAskPeople: true });
  const result = stage.run();
  const escalation = await waitFor(async () => (await stage.orchestrator.listEscalations())[0]);
  expect(escalation.error.code).toBe('CREDENTIAL_REJECTED');
  await stage.orchestrator.answerEscalation(escalation.id, { action: 'retry', by: 'ada', note: 'key replaced' });
  await expect(result).resolves.toMatchObject({ text: 'with the new key' });
  expect(stage.types()).toEqual(expect.arrayContaining(['escalation-request', 'escalation-answer']));
});

it('asks a model again whose key a person has replaced, although its breaker is open', async () => {
  const error = new OrchestratorError('CREDENTIAL_REJECTED', 'The provider answered 401.');
  const model = scriptedModel([{ error }, { text: 'with the new key' }], { credentialId: 'k1' });
  await using orchestrator = await createTestOrchestrator({ models: [model], canAskPeople: true });
  const agentId = await orchestrator.createAgent({ name: 'worker', instructions: 'Work.' });
  const result = orchestrator.executeTask(await orchestrator.createTask({ description: 'x', agentId }));
  const escalation = await waitFor(async () => (await orchestrator.listEscalations())[0]);
  await orchestrator.answerEscalation(escalation.id, { action: 'retry', by: 'ada' });
  await expect(result).resolves.toMatchObject({ text: 'with the new key' });
});

it('writes a dead letter for a failed task, which can be replayed once', async () => {
  const error = new OrchestratorError('REQUEST_INVALID', 'The provider answered 400.');
  await using stage = await scene([{ error }, { text: 'better now' }]);
  await expect(stage.run('the input')).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
    deadLetterId: expect.stringContaining('deadletter_'),
  });
  const [letter] = await stage.orchestrator.listDeadLetters();
  expect(letter).toMatchObject({ input: 'the input', reason: 'REQUEST_INVALID', status: 'open' });
  const newTask = await stage.orchestrator.replayDeadLetter(letter?.id ?? '');
  await expect(stage.orchestrator.executeTask(newTask)).resolves.toMatchObject({ text: 'better now' });
  await expect(stage.orchestrator.replayDeadLetter(letter?.id ?? '')).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
});

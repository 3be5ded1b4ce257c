import { defineTool } from '@master-orchestrator/contracts';
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { dbosEnginePlugin } from '@master-orchestrator/engine-dbos';
import { scriptedModel, type ModelStep } from '@master-orchestrator/testing';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

const SERVER = { settings: { fsync: 'off', max_connections: '60', shared_buffers: '32MB' } };

/** Each start of the program: an orchestrator of its own, which starts the server of the folder and stops it. */
async function start(folder: string, name: string, steps: ModelStep[], paid: number[]) {
  const model = scriptedModel(steps);
  const pay = defineTool({
    name: 'pay',
    description: 'Pays an amount.',
    inputSchema: z.object({ amount: z.number() }),
    accessLevel: 'privileged',
    effect: 'unsafe',
    execute: async ({ amount }) => ({ isPaid: paid.push(amount) > 0 }),
  });
  let count = 0;
  const orchestrator = await createTestOrchestrator({
    models: [model],
    tools: [pay],
    createId: (kind) => `${kind}_${name}${(count += 1)}`,
    plugins: [dbosEnginePlugin({ postgresLocal: SERVER })],
    config: { engine: { address: `postgres-local:${folder}` } },
  });
  const stop = (): Promise<void> => orchestrator.shutdown({ drainMs: 0 });
  onTestFinished(stop);
  await orchestrator.createAgent({ name: 'clerk', instructions: 'Pay bills.', tools: ['pay'] }, { id: 'clerk' });
  return { model, orchestrator, stop };
}

it('keeps an open approval and a dead letter over a restart', { timeout: 180_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'restart-'));
  // The server's user must be able to enter it where the tests run as root.
  chmodSync(folder, 0o711);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const paid: number[] = [];
  const payCall = { toolCalls: [{ name: 'pay', arguments: { amount: 12 } }] };
  const first = await start(folder, 'a', [{ error: Object.assign(new Error('no'), { status: 400 }) }, payCall], paid);
  const broken = await first.orchestrator.createTask({ description: 'broken', agentId: 'clerk' });
  await expect(first.orchestrator.executeTask(broken)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  const bill = await first.orchestrator.createTask({ description: 'pay 12', agentId: 'clerk' });
  await first.orchestrator.enqueueTask(bill);
  while ((await first.orchestrator.getTask(bill)).status !== 'waiting') await delay(5);
  const [approvals, letters] = [await first.orchestrator.listApprovals(), await first.orchestrator.listDeadLetters()];
  expect([approvals.length, letters.length]).toEqual([1, 1]);
  await first.stop();

  const second = await start(folder, 'b', [{ text: 'paid' }, { text: 'better now' }], paid);
  expect(await second.orchestrator.listApprovals()).toEqual(approvals);
  expect(await second.orchestrator.listDeadLetters()).toEqual(letters);
  expect(paid).toEqual([]);
  await second.orchestrator.answerApproval(approvals[0]?.id ?? '', { decision: 'approve', by: 'ada' });
  expect(await second.orchestrator.executeTask(bill)).toMatchObject({ text: 'paid' });
  const again = await second.orchestrator.replayDeadLetter(letters[0]?.id ?? '');
  expect(again).not.toBe(broken);
  expect(await second.orchestrator.executeTask(again)).toMatchObject({ text: 'better now' });
  expect(await second.orchestrator.listDeadLetters('all')).toMatchObject([{ status: 'replayed', replayedAs: again }]);
  expect([paid, second.model.requests.length]).toEqual([[12], 2]);
});

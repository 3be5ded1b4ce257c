import type { ModelRequest } from '@master-orchestrator/contracts';
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import { scriptedModel, type ModelStep } from '@master-orchestrator/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { AgentFactory, type Master, type PlanTask } from '../src/index.js';

const PLAN: PlanTask[] = ['one', 'two', 'three'].map((id, index, all) => ({
  id,
  description: `do ${id}`,
  agent: 'worker',
  template: null,
  parameters: null,
  dependsOn: index === 0 ? [] : all.slice(index - 1, index),
}));

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'goal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'tasks.db');
}

function textOf(request: ModelRequest): string {
  const [first] = request.items;
  return first?.type === 'message' && typeof first.content === 'string' ? first.content : '';
}

/** One start of a program: its own orchestrator over the same file. */
async function start(file: string, stepOf: (description: string) => ModelStep) {
  const asked: string[] = [];
  const model = scriptedModel((request) => {
    if (request.instructions?.includes('split a goal')) {
      asked.push('plan');
      return { text: JSON.stringify({ tasks: PLAN }) };
    }
    if (request.instructions?.includes('write the answer')) {
      asked.push('answer');
      return { text: `ANSWER ${textOf(request)}` };
    }
    const [description = ''] = textOf(request).split('\n');
    asked.push(description);
    return stepOf(description);
  });
  const orchestrator = await createTestOrchestrator({
    models: [model],
    plugins: [sqliteEnginePlugin()],
    config: { engine: { address: `sqlite:${file}` } },
  });
  const worker = await orchestrator.createAgent({ name: 'worker', instructions: 'Work.' }, { id: 'worker' });
  const master: Master = await new AgentFactory(orchestrator).createMaster({ team: [worker], id: 'master' });
  return { asked, orchestrator, master };
}

it('goes on with a named goal in another start: nothing that is done is done again', async () => {
  const file = newFile();
  const first = await start(file, (text) => ({ text: `${text}: done`, delayMs: text === 'do two' ? 600_000 : 0 }));
  let approvals = 0;
  const options = {
    goalId: 'quarter',
    approvePlan: () => {
      approvals += 1;
      return true;
    },
  };
  const interrupted = first.master.achieve('three steps', options).catch((error: unknown) => error);
  while (!first.asked.includes('do two')) await new Promise((resolve) => setTimeout(resolve, 5));
  await first.orchestrator.shutdown({ drainMs: 0 });
  expect(await interrupted).toMatchObject({ code: 'ORCHESTRATOR_CLOSED' });

  const second = await start(file, (text) => ({ text: `${text}: done` }));
  const result = await second.master.achieve('three steps', options);
  expect(second.asked).toEqual(['do two', 'do three', 'answer']);
  expect(approvals).toBe(1);
  expect(result).toMatchObject({ goalId: 'quarter', status: 'completed', replans: 0 });
  expect(result.tasks.map(({ status, text }) => `${status} ${text}`)).toEqual([
    'completed do one: done',
    'completed do two: done',
    'completed do three: done',
  ]);
  await second.orchestrator.shutdown({ drainMs: 0 });

  const third = await start(file, () => ({ text: 'again' }));
  expect((await third.master.achieve('three steps', options)).text).toBe(result.text);
  expect(third.asked).toEqual([]);
  await third.orchestrator.shutdown({ drainMs: 0 });
});

it('refuses the name of another goal, and names that are none', async () => {
  const { master, orchestrator } = await start(newFile(), (text) => ({ text }));
  await master.achieve('three steps', { goalId: 'taken' });
  await expect(master.achieve('something else', { goalId: 'taken' })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  await expect(master.achieve('x', { goalId: 'no spaces' })).rejects.toMatchObject({ code: 'TASK_INVALID' });
  await orchestrator.shutdown({ drainMs: 0 });
});

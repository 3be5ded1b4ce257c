import { OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel } from '@master-orchestrator/testing';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { MasterOrchestrator } from '../src/index.js';
import { createTestOrchestrator } from '../src/testing.js';
import { call, scene } from './run/helpers.js';

const error = new OrchestratorError('REQUEST_INVALID', 'The provider answered 400.');
const config = { engine: { retention: { finishedTasks: 2 } } };

it('forgets finished tasks beyond the number kept, and not the dead letters of those that failed', async () => {
  const answers = Array.from({ length: 5 }, (_, n) => ({ text: `answer ${n}` }));
  await using stage = await scene([{ error }, ...answers, { text: 'better now' }], {}, { config });
  await expect(stage.run('the input')).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  for (const { text } of answers) expect((await stage.run()).text).toBe(text);
  expect(await stage.orchestrator.listTasks()).toHaveLength(2);
  expect((await stage.orchestrator.engine.list({})).items).toHaveLength(2);
  const [letter] = await stage.orchestrator.listDeadLetters();
  const again = await stage.orchestrator.replayDeadLetter(letter?.id ?? '');
  await expect(stage.orchestrator.executeTask(again)).resolves.toMatchObject({ text: 'better now' });
});

it('keeps what was decided about tool calls out of a store that lives no longer than the process', async () => {
  await using stage = await scene([call('add', { a: 1, b: 2 }), { text: '3' }]);
  await stage.run();
  const { tools, engine } = stage.orchestrator;
  expect((await tools.decisions()).items).toMatchObject([{ tool: 'add', decision: 'allow' }]);
  expect((await engine.state.scan('tool-decisions', '')).items).toEqual([]);
});

it('keeps no events of a finished run but for who still holds its handle', async () => {
  await using orchestrator = await createTestOrchestrator({
    models: [scriptedModel([{ text: 'an answer in pieces' }])],
  });
  const agentId = await orchestrator.createAgent({ name: 'writer', instructions: 'Write.' });
  const pieces = await piecesOf(orchestrator, agentId);
  expect(pieces.length).toBeGreaterThan(1);
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  await expect
    .poll(() => {
      collectGarbage();
      return pieces.filter((piece) => piece.deref() !== undefined);
    })
    .toEqual([]);
});

async function piecesOf(orchestrator: MasterOrchestrator, agentId: string): Promise<WeakRef<object>[]> {
  const handle = orchestrator.run('x', { agentId });
  const pieces: WeakRef<object>[] = [];
  for await (const event of handle) if (event.type === 'model-call-delta') pieces.push(new WeakRef(event));
  await handle.result;
  return pieces;
}

import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { OrchestratorError } from '@master-orchestrator/errors';
import { buildExample, runExample } from '@master-orchestrator/example-support/testing';
import { scriptedModel } from '@master-orchestrator/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { improve } from '../src/improve.js';

const folder = mkdtempSync(join(tmpdir(), 'evaluator-optimizer-'));
beforeAll(() => buildExample('evaluator-optimizer'), 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('names what is missing in the first draft and accepts the second', async () => {
  const { code, out, err } = await runExample('evaluator-optimizer', { folder });
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toMatch(/^revise\n {2}missing: Analyze the revenue .*\npass$/m);
  expect(out).toContain('mean 635.6');
  expect(out).toContain('Accepted after 2 rounds.');
});

describe('the shape', () => {
  const world = async (verdicts: readonly (string | Error)[]) => {
    const asked: string[] = [];
    let judged = 0;
    const model = scriptedModel(({ instructions = '', items }) => {
      const [item] = items;
      const input = item?.type === 'message' && typeof item.content === 'string' ? item.content : '';
      asked.push(instructions === 'judge' ? 'judge' : input);
      if (instructions !== 'judge') return { text: `draft ${asked.filter((each) => each !== 'judge').length}` };
      const next = verdicts[judged++] ?? 'pass';
      if (next instanceof Error) return { error: next };
      return {
        text: JSON.stringify({ verdict: next === 'pass' ? 'pass' : 'revise', problems: next === 'pass' ? [] : [next] }),
      };
    });
    const orchestrator = await createTestOrchestrator({ models: [model] });
    const writer = await orchestrator.createAgent({ name: 'writer', instructions: 'write' });
    const evaluator = await orchestrator.createAgent({ name: 'judge', instructions: 'judge' });
    const run = (maxRounds?: number) =>
      improve(orchestrator, { writer, evaluator, task: 'Write.', ...(maxRounds === undefined ? {} : { maxRounds }) });
    return { asked, run, [Symbol.asyncDispose]: () => orchestrator.shutdown({ drainMs: 0 }) };
  };

  it('writes and judges in turns, and tells the writer all that was missing so far', async () => {
    await using stage = await world(['Add a title.', 'Add a date.', 'pass']);
    const result = await stage.run();
    expect(result).toMatchObject({ text: 'draft 3', isAccepted: true });
    expect(stage.asked).toEqual([
      'Write.',
      'judge',
      'Write.\nAdd a title.',
      'judge',
      'Write.\nAdd a title.\nAdd a date.',
      'judge',
    ]);
  });

  it('ends after the rounds it may take, with the last draft and the word that it did not pass', async () => {
    await using stage = await world(['a', 'b', 'c']);
    expect(await stage.run(2)).toMatchObject({ text: 'draft 2', isAccepted: false });
    expect(stage.asked).toHaveLength(4);
  });

  it('fails with what judging fails with', async () => {
    await using stage = await world([new OrchestratorError('REQUEST_INVALID', 'No judge today.')]);
    await expect(stage.run()).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });
});

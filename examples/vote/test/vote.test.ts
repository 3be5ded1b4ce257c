import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { OrchestratorError } from '@master-orchestrator/errors';
import { buildExample, runExample } from '@master-orchestrator/example-support/testing';
import { scriptedModel } from '@master-orchestrator/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ballotSchema, vote } from '../src/vote.js';

const folder = mkdtempSync(join(tmpdir(), 'vote-'));
beforeAll(() => buildExample('vote'), 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('decides by two judges of three, for and against', async () => {
  const { code, out, err } = await runExample('vote', { folder });
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toContain('a sound change: approve (2 for, 0 against, 1 absent)');
  expect(out).toContain('a broken change: reject (0 for, 2 against, 1 absent)');
  expect(out).toContain('absent: no verdict: BUDGET_LIMIT');
});

describe('the shape', () => {
  /** Judges that answer what they are called: approve, reject, or absent, who fails. */
  const poll = async (names: readonly string[], quorum?: number) => {
    let [running, most] = [0, 0];
    const model = scriptedModel(async ({ instructions = '' }) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      if (instructions === 'absent') return { error: new OrchestratorError('REQUEST_INVALID', 'The judge is ill.') };
      return { text: JSON.stringify({ verdict: instructions, reason: 'so it is' }) };
    });
    await using orchestrator = await createTestOrchestrator({ models: [model] });
    const judges = [];
    for (const [index, name] of names.entries()) {
      const definition = { name: `${name}-${index}`, instructions: name, outputSchema: ballotSchema };
      judges.push(await orchestrator.createAgent(definition));
    }
    const options = { judges, question: 'May it go in?', ...(quorum === undefined ? {} : { quorum }) };
    const result = await vote(orchestrator, options);
    return { ...result, most };
  };

  it('asks all judges at the same time', async () => {
    expect((await poll(['approve', 'approve', 'reject'])).most).toBe(3);
  });

  it('decides by the majority of those who answered', async () => {
    expect(await poll(['approve', 'reject', 'approve'])).toMatchObject({ decision: 'approve', approve: 2, reject: 1 });
    expect(await poll(['reject', 'approve', 'reject'])).toMatchObject({ decision: 'reject', approve: 1, reject: 2 });
  });

  it('rejects on a tie', async () => {
    expect(await poll(['approve', 'reject'])).toMatchObject({ decision: 'reject', approve: 1, reject: 1 });
  });

  it('counts who is absent, and decides while the quorum is met', async () => {
    expect(await poll(['approve', 'absent', 'approve'])).toMatchObject({ decision: 'approve', absent: 1 });
    await expect(poll(['approve', 'absent', 'absent'])).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    expect(await poll(['approve', 'absent', 'absent'], 1)).toMatchObject({ decision: 'approve', absent: 2 });
  });
});

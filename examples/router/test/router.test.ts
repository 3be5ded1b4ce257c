import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { buildExample, runExample } from '@master-orchestrator/example-support/testing';
import { scriptedModel } from '@master-orchestrator/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRouter } from '../src/route.js';

const folder = mkdtempSync(join(tmpdir(), 'router-'));
beforeAll(() => buildExample('router'), 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('sends each request to its specialist', async () => {
  const { code, out, err } = await runExample('router', { folder });
  expect(err).toBe('');
  expect(code).toBe(0);
  expect([...out.matchAll(/^-> (.*)$/gm)].map(([, name]) => name)).toEqual(['data-analyst', 'code-reviewer', 'writer']);
  expect(out).toContain('median 9');
  expect(out).toMatch(/line 1: .*"\]"/);
});

describe('the shape', () => {
  const world = async (answer: (instructions: string) => string) => {
    const asked: string[] = [];
    const model = scriptedModel(({ instructions = '' }) => {
      const who = instructions.startsWith('Name the specialist') ? 'router' : instructions;
      asked.push(who);
      return { text: answer(who) };
    });
    const orchestrator = await createTestOrchestrator({ models: [model] });
    const agent = (name: string) => orchestrator.createAgent({ name, instructions: name });
    const specialists = {
      a: { agentId: await agent('a'), goodFor: 'letters' },
      b: { agentId: await agent('b'), goodFor: 'numbers' },
    };
    const route = await createRouter(orchestrator, specialists);
    return { asked, route, orchestrator, [Symbol.asyncDispose]: () => orchestrator.shutdown({ drainMs: 0 }) };
  };

  it('asks the router first, then the one it named, and nobody else', async () => {
    await using stage = await world((who) => (who === 'router' ? '{"specialist":"b"}' : `${who} did it`));
    const { name, result } = await stage.route('12 + 30');
    expect([name, result.text]).toEqual(['b', 'b did it']);
    expect(stage.asked).toEqual(['router', 'b']);
  });

  it('never reaches anybody for a name that is not there', async () => {
    await using stage = await world((who) => (who === 'router' ? '{"specialist":"c"}' : who));
    await expect(stage.route('x')).rejects.toMatchObject({ category: 'VALIDATION_ERROR' });
    expect(new Set(stage.asked)).toEqual(new Set(['router']));
  });

  it('needs somebody to send requests to', async () => {
    await using stage = await world(() => '');
    await expect(createRouter(stage.orchestrator, {})).rejects.toMatchObject({ code: 'TASK_INVALID' });
  });
});

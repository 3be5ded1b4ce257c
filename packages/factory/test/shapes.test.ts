import type { ModelRequest, RunState } from '@master-orchestrator/contracts';
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel, type ModelStep } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { runMapReduce, runParallel, runPipeline } from '../src/index.js';

const broken = new OrchestratorError('REQUEST_INVALID', 'The provider answered 400.');
const inputOf = ({ items }: ModelRequest): string =>
  items[0]?.type === 'message' && typeof items[0].content === 'string' ? items[0].content : '';

/** Agents a, b, c whose instructions are their names; "bad" fails. */
async function world(
  answer: (name: string, request: ModelRequest) => ModelStep = (name) => ({ text: `${name} says` }),
) {
  let running = 0;
  const seen = { most: 0, order: [] as string[] };
  const model = scriptedModel(async (request) => {
    const name = request.instructions ?? '';
    seen.order.push(name);
    running += 1;
    seen.most = Math.max(seen.most, running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running -= 1;
    return name === 'bad' ? { error: broken } : answer(name, request);
  });
  const orchestrator = await createTestOrchestrator({ models: [model] });
  const ids: Record<string, string> = {};
  for (const name of ['a', 'b', 'c', 'bad']) ids[name] = await orchestrator.createAgent({ name, instructions: name });
  const { a = '', b = '', c = '', bad = '' } = ids;
  return {
    orchestrator,
    model,
    seen,
    a,
    b,
    c,
    bad,
    [Symbol.asyncDispose]: () => orchestrator.shutdown({ drainMs: 0 }),
  };
}

describe('pipeline', () => {
  it('runs one agent after the other, each with the answer before', async () => {
    await using stage = await world((name, request) => ({ text: `${name}(${inputOf(request).split('\n').at(-1)})` }));
    const result = await runPipeline(stage.orchestrator, { agents: [stage.a, stage.b, stage.c], task: 'start' });
    expect(result.text).toBe('c(b(a(start)))');
    expect(stage.seen).toEqual({ most: 1, order: ['a', 'b', 'c'] });
    expect(result.usage.inputTokens).toBeGreaterThan(0);
  });

  it('stops at a failure, or skips it where told', async () => {
    await using stage = await world();
    const agents = [stage.a, stage.bad, stage.c];
    await expect(runPipeline(stage.orchestrator, { agents, task: 'x' })).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
    expect(stage.seen.order).toEqual(['a', 'bad']);
    const skipped = await runPipeline(stage.orchestrator, { agents, task: 'x', onFailure: 'skip' });
    expect(skipped.text).toBe('c says');
    expect(skipped.steps.map(({ status }) => status)).toEqual(['completed', 'failed', 'completed']);
  });
});

describe('parallel', () => {
  it('runs all agents at once and lists their answers in order', async () => {
    await using stage = await world();
    const result = await runParallel(stage.orchestrator, { agents: [stage.a, stage.b, stage.c], task: 'x' });
    expect(stage.seen.most).toBe(3);
    expect(result.text).toBe('## Answer 1\na says\n\n## Answer 2\nb says\n\n## Answer 3\nc says');
  });

  it('lets an agent or a function make one answer of all', async () => {
    await using stage = await world((name, request) => ({
      text: inputOf(request).includes('# Answers') ? `${name} sums up` : name,
    }));
    const agents = [stage.a, stage.b];
    expect((await runParallel(stage.orchestrator, { agents, task: 'x', aggregate: stage.c })).text).toBe('c sums up');
    const joined = await runParallel(stage.orchestrator, {
      agents,
      task: 'x',
      aggregate: (steps) => steps.map(({ text }) => text).join('+'),
    });
    expect(joined.text).toBe('a+b');
  });

  it('fails with the first failure unless the quorum is met', async () => {
    await using stage = await world();
    const agents = [stage.a, stage.bad, stage.b];
    await expect(runParallel(stage.orchestrator, { agents, task: 'x' })).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
    const result = await runParallel(stage.orchestrator, { agents, task: 'x', quorum: 2 });
    expect(result.text).toContain('b says');
    await expect(runParallel(stage.orchestrator, { agents, task: 'x', quorum: 4 })).rejects.toMatchObject({
      code: 'TASK_INVALID',
    });
  });
});

describe('map-reduce', () => {
  it('works on every item, so many at once, and keeps their order', async () => {
    await using stage = await world((_name, request) => ({ text: inputOf(request).toUpperCase() }));
    const items = ['one', 'two', 'three', 'four', 'five'];
    const result = await runMapReduce(stage.orchestrator, {
      items,
      agent: stage.a,
      describe: (item) => item,
      concurrency: 2,
      reduce: (steps) => steps.map(({ text }) => text).join(' '),
    });
    expect(result.text).toBe('ONE TWO THREE FOUR FIVE');
    expect(stage.seen.most).toBe(2);
  });

  it('refuses an empty list, and stops every task when it is cancelled', async () => {
    await using stage = await world(() => ({ text: '', hang: true }));
    const base = { agent: stage.a, describe: (item: string) => item };
    await expect(runMapReduce(stage.orchestrator, { ...base, items: [] })).rejects.toMatchObject({
      code: 'TASK_INVALID',
    });
    const controller = new AbortController();
    const running = runMapReduce(stage.orchestrator, { ...base, items: ['x', 'y'], signal: controller.signal });
    running.catch(() => undefined);
    while (stage.model.running < 2) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    while (stage.model.running > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

it('gives the user context to the hooks of every task of a shape', async () => {
  await using stage = await world();
  const seen: unknown[] = [];
  const beforeTurn = ({ userContext }: RunState): undefined => void seen.push(userContext);
  const userContext = { tenant: 't1' };
  const [a, b] = [stage.a, stage.b];
  for (const id of [a, b]) await stage.orchestrator.updateAgent(id, { beforeTurn });
  await runPipeline(stage.orchestrator, { agents: [a, b], task: 'x', userContext });
  await runParallel(stage.orchestrator, { agents: [a], task: 'x', aggregate: b, userContext });
  await runMapReduce(stage.orchestrator, { agent: a, items: [1], describe: String, userContext });
  expect(seen).toEqual(Array.from({ length: 5 }, () => userContext));
});

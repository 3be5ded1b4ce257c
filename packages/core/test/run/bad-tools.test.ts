import { defineTool, type AnyTool, type ToolContext } from '@master-orchestrator/contracts';
import { virtualClock } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { lastResults, scene } from './helpers.js';

function toolThat(name: string, execute: (context: ToolContext) => Promise<unknown>): AnyTool {
  return defineTool({
    name,
    description: `The tool ${name}.`,
    inputSchema: z.object({}),
    accessLevel: 'public',
    effect: 'unsafe',
    limits: { timeoutMs: 1_000 },
    execute: (_input, context) => execute(context),
  });
}

const tools = [
  toolThat('throws_late', async () => {
    await Promise.resolve();
    throw new TypeError('undefined is not a function');
  }),
  toolThat('throws_nonsense', async () => {
    throw undefined; // oxlint-disable-line no-throw-literal, only-throw-error -- what a careless tool may do
  }),
  toolThat('hangs', () => new Promise(() => {})),
  toolThat('floods', async (context) => {
    for (let update = 0; update < 20_000; update += 1) context.progress({ update, text: 'x'.repeat(1_000) });
    return 'y'.repeat(20 * 1_048_576);
  }),
  toolThat('works', async () => 'well'),
];

it('a tool that throws, hangs or floods harms its own call only', async () => {
  const clock = virtualClock();
  const calls = tools.map(({ name }) => ({ name, arguments: {} }));
  await using stage = await scene([{ toolCalls: calls }, { text: 'the end' }], {}, { clock, tools });
  const result = stage.run();
  const ended = () => stage.events.flatMap((event) => (event.type === 'tool-call-end' ? [event.data.tool] : []));
  while (ended().length < 4) await new Promise((resolve) => setImmediate(resolve));
  expect(ended()).not.toContain('hangs');
  await clock.advanceAsync(1_000); // its limit
  await clock.advanceAsync(5_000); // its time to end
  await expect(result).resolves.toMatchObject({ status: 'completed', text: 'the end' });
  expect(lastResults(stage.model)).toEqual([
    expect.stringContaining('TOOL_FAILED'),
    expect.stringContaining('TOOL_FAILED'),
    expect.stringContaining('TOOL_TIMEOUT'),
    expect.stringContaining('TOOL_RESULT_INVALID'),
    'well',
  ]);
  expect(stage.events.filter(({ type }) => type === 'tool-call-progress').length).toBeLessThanOrEqual(1_000);
  expect(stage.orchestrator.tools.statistics('hangs')).toMatchObject([{ stuck: 1, running: 1 }]);
  const reported = stage.events.flatMap((event) => (event.type === 'error-raise' ? [event.data] : []));
  expect(reported).toContainEqual(expect.objectContaining({ step: 'tool:hangs' }));
});

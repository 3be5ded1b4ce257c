import type { ModelItem, ToolCallItem } from '@master-orchestrator/contracts';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { calculateMetrics, generateReport, readFile } from './fake-tools.js';
import { fakeTool, offlineModel, request, specOf, user, type FakeTool } from './helpers.js';

const HANDLE = 'a'.repeat(64);
const SHOWN = 1_000;
const PART = 600;
const readOn = fakeTool(
  'read_tool_result',
  'Reads on in a tool result of which only the beginning was shown.',
  z.strictObject({ handle: z.string().length(64), offset: z.int().min(0) }),
);

/** Runs a conversation in which long results are shown in parts, as the tool registry does. */
async function converseInParts(
  goal: string,
  tools: readonly FakeTool[],
): Promise<{ calls: ToolCallItem[]; turns: number; text: string }> {
  const items: ModelItem[] = [user(goal)];
  const calls: ToolCallItem[] = [];
  const whole = new Map<string, string>();
  for (let turns = 1; turns < 20; turns++) {
    const { items: answer } = await offlineModel().respond(
      request([...items], { tools: [...tools, readOn].map(specOf) }),
      { signal: new AbortController().signal },
    );
    items.push(...answer);
    const made = answer.filter((item): item is ToolCallItem => item.type === 'tool-call');
    if (made.length === 0) return { calls, turns, text: (answer[0] as { content: string }).content };
    calls.push(...made);
    for (const call of made)
      items.push({ type: 'tool-result', callId: call.callId, name: call.name, output: outputOf(call, tools, whole) });
  }
  throw new Error('no end');
}

function outputOf(call: ToolCallItem, tools: readonly FakeTool[], whole: Map<string, string>): string {
  const input = JSON.parse(call.arguments) as { handle: string; offset: number };
  if (call.name === 'read_tool_result') {
    const text = whole.get(input.handle) ?? '';
    const part = text.slice(input.offset, input.offset + PART);
    const end = input.offset + part.length;
    return end >= text.length
      ? part
      : `${part}\n[Characters ${input.offset} to ${end} of ${text.length}. Read on with offset ${end}.]`;
  }
  const text = JSON.stringify(tools.find(({ name }) => name === call.name)?.run(input as never));
  if (text.length <= SHOWN) return text;
  whole.set(HANDLE, text);
  return `${text.slice(0, SHOWN)}\n[Only the first ${SHOWN} of ${text.length} characters are shown. Call read_tool_result with {"handle":"${HANDLE}","offset":${SHOWN}} to read on.]`;
}

it('reads a long file to its end before it works on it', async () => {
  const rows = Array.from({ length: 900 }, (_, row) => `${row},${row * 2}`);
  const file = readFile({ 'data.csv': `a,b\n${rows.join('\n')}` });
  const { calls } = await converseInParts('Analyse data.csv', [file, calculateMetrics]);
  const last = calls.at(-1);
  expect(last?.name).toBe('calculate_metrics');
  expect((JSON.parse(last?.arguments ?? '{}') as { data: { a: number[] } }).data.a).toHaveLength(900);
});

it('reads the parts after the second one together', async () => {
  const file = readFile({ 'data.csv': `a,b\n${Array.from({ length: 900 }, (_, row) => `${row},${row}`).join('\n')}` });
  const { turns } = await converseInParts('Analyse data.csv', [file, calculateMetrics]);
  expect(turns).toBeLessThanOrEqual(6);
});

it('does not read on in what a report tool gives back, and still finds the files it names', async () => {
  const report: FakeTool = {
    ...generateReport,
    run: () => ({ title: 'x', files: [{ path: 'reports/a.md' }], formats: { html: 'x'.repeat(5_000) } }),
  };
  const { calls, text } = await converseInParts('Analyse [1, 2, 3] and generate a report', [calculateMetrics, report]);
  expect(calls.map(({ name }) => name)).toEqual(['calculate_metrics', 'generate_report']);
  expect(text).toContain('reports/a.md');
});

import type { ModelItem } from '@master-orchestrator/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { calculateMetrics, generateReport, readFile } from './fake-tools.js';
import { ask, converse, fakeTool, request, specOf, user, type FakeTool } from './helpers.js';

function failing(message: string, more: Partial<FakeTool> = {}): FakeTool {
  return {
    ...calculateMetrics,
    run: () => {
      throw new Error(message);
    },
    ...more,
  };
}

it('does not repeat a call that failed without a hint', async () => {
  const { calls, text } = await converse('Analyse [1, 2, 3] and generate a report', [
    failing('The disk is full.'),
    generateReport,
  ]);
  expect(calls.map(({ name }) => name)).toEqual(['calculate_metrics']);
  expect(text).toContain('The tool "calculate_metrics" failed: The disk is full.');
});

it('takes the file name that an error suggests', async () => {
  const reader = fakeTool('read_file', 'Reads a text file.', z.strictObject({ path: z.string() }), ({ path }) => {
    if (path !== 'sales-2025.csv') throw new Error(`There is no file "${path}". Did you mean "sales-2025.csv"?`);
    return 'a,b\n1,2\n3,4';
  });
  const { calls, text } = await converse('Analyse sales.csv', [reader, calculateMetrics]);
  expect(calls.map(({ name }) => name)).toEqual(['read_file', 'read_file', 'calculate_metrics']);
  expect(text).not.toContain('failed');
});

it('leaves out a field that the tool does not know', async () => {
  const strict = fakeTool(
    'make_report',
    'Writes a report.',
    z.object({ title: z.string(), summary: z.string().optional() }),
    (input) => {
      if (input.summary !== undefined) throw new Error('Unrecognized key: "summary"');
      return { path: 'r.md' };
    },
  );
  const { calls, text } = await converse('Analyse [1, 2, 3] and write a report', [calculateMetrics, strict]);
  expect(calls.map(({ name }) => name)).toEqual(['calculate_metrics', 'make_report', 'make_report']);
  expect(text).toContain('r.md');
});

it('sets a value of the choices that an error names', async () => {
  const picky = fakeTool(
    'make_report',
    'Writes a report.',
    z.object({ title: z.string(), format: z.string().optional() }),
    (input) => {
      if (input.format !== 'pdf') throw new Error('format is required: expected one of "pdf" or "docx"');
      return { path: 'r.pdf' };
    },
  );
  const { calls } = await converse('Analyse [1, 2, 3] and write a report', [calculateMetrics, picky]);
  expect(calls.at(-1)).toMatchObject({ name: 'make_report', input: { format: 'pdf' } });
});

it('gives up after the second failure and says so', async () => {
  const reader = fakeTool('read_file', 'Reads a text file.', z.strictObject({ path: z.string() }), ({ path }) => {
    throw new Error(`There is no file "${path}". Did you mean "${path}.bak"?`);
  });
  const { calls, text } = await converse('Analyse sales.csv', [reader, calculateMetrics]);
  expect(calls).toHaveLength(2);
  expect(text).toContain('failed');
});

it('goes on with the files that could be read', async () => {
  const { text } = await converse('Analyse a.csv and b.csv', [
    readFile({ 'a.csv': 'x,y\n1,2\n3,5' }),
    calculateMetrics,
  ]);
  expect(text).toContain('Figures of a.csv');
  expect(text).toContain('There is no file "b.csv"');
});

it('never makes the same call twice, whatever the tools answer', async () => {
  for (const output of ['', '{}', '[]', 'null', 'ok', '{"value":null}', '[1,2,3]', 'error', '{"columns":[]}']) {
    const odd = (tool: FakeTool): FakeTool => ({ ...tool, run: () => output });
    const { calls } = await converse('Read data.csv, analyse it and generate a report, then list src/', [
      odd(readFile({})),
      odd(calculateMetrics),
      odd(generateReport),
    ]);
    const seen = calls.map((call) => JSON.stringify(call));
    expect(new Set(seen).size).toBe(seen.length);
  }
});

describe('words of the host', () => {
  const tools = [specOf(calculateMetrics)];
  const start: ModelItem[] = [user('Analyse [1, 2, 3]')];

  it.each([
    'This is your last turn: do not call tools any more. Give your final answer now with what you have.',
    'The budget of this task is nearly used up. Finish now: call no tool that you do not need, and give your answer.',
  ])('calls nothing after "%s"', async (note) => {
    expect(await ask([...start, { type: 'message', role: 'system', content: note }], { tools })).not.toBe('');
  });

  it('calls tools under instructions that speak of the last turn', async () => {
    expect(await ask(start, { tools, instructions: 'In your last turn, finish now.' })).toBe('');
  });
});

describe('tool choice', () => {
  const tools = [calculateMetrics, generateReport];

  it('calls nothing where the choice is none', async () => {
    const { calls, text } = await converse('Analyse [1, 2, 3]', tools, { toolChoice: 'none' });
    expect(calls).toEqual([]);
    expect(text).not.toBe('');
  });

  it('calls the named tool, also where another one comes first', async () => {
    const reader = readFile({ 'a.csv': 'x' });
    const { calls } = await converse('Read a.csv and analyse [1, 2, 3]', [reader, ...tools], {
      toolChoice: { tool: 'calculate_metrics' },
    });
    expect(calls).toEqual([{ name: 'calculate_metrics', input: { data: [1, 2, 3] } }]);
  });

  it('says what is missing where the named tool cannot be called', async () => {
    const { calls, text } = await converse('Hello', tools, { toolChoice: { tool: 'calculate_metrics' } });
    expect(calls).toEqual([]);
    expect(text).toContain('"calculate_metrics" was not called');
  });

  it('calls a tool where one is required and the text does not ask for it', async () => {
    const note = fakeTool('remember', 'Keeps a note.', z.strictObject({ text: z.string() }));
    const { calls } = await converse('"Milk is out"', [note], { toolChoice: 'required' });
    expect(calls).toEqual([{ name: 'remember', input: { text: 'Milk is out' } }]);
  });
});

describe('conversations', () => {
  const answer: ModelItem = { type: 'message', role: 'assistant', content: 'Which data?' };

  it('takes the data of an earlier message where the last one has none', async () => {
    const { calls } = await converse(
      [user('Here are my sales: 4, 5, 6'), answer, user('Analyse them')],
      [calculateMetrics],
    );
    expect(calls[0]?.input).toMatchObject({ data: { sales: [4, 5, 6] } });
  });

  it('prefers the data of the last message', async () => {
    const { calls } = await converse([user('Analyse [1, 2]'), answer, user('Now analyse [7, 8]')], [calculateMetrics]);
    expect(calls.map(({ input }) => input)).toEqual([{ data: [7, 8] }]);
  });

  it('does again what an earlier turn did, where it is asked again', async () => {
    const first = await converse('Analyse [1, 2, 3]', [calculateMetrics]);
    const { calls } = await converse([...first.items, user('Analyse [1, 2, 3] once more')], [calculateMetrics]);
    expect(calls).toHaveLength(1);
  });

  it('reads a text file that comes with the message', async () => {
    const data = `data:text/csv;base64,${Buffer.from('x,y\n1,2\n3,4').toString('base64')}`;
    const message: ModelItem = {
      type: 'message',
      role: 'user',
      content: [
        { type: 'text', text: 'Analyse the attached file' },
        { type: 'file', name: 'points.csv', data },
      ],
    };
    const { calls } = await converse([message], [calculateMetrics]);
    expect(calls[0]?.input).toMatchObject({ data: { x: [1, 3], y: [2, 4] } });
  });

  it('is not moved by items of other providers', async () => {
    const items: ModelItem[] = [
      user('mean of 1, 2, 3'),
      { type: 'provider-item', origin: 'openai', data: { reasoning: 'x' } },
    ];
    const { calls } = await converse(items, [calculateMetrics]);
    expect(calls).toHaveLength(1);
    expect(request(items).items).toHaveLength(2);
  });
});

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { calculateMetrics, generateReport, readFile } from './fake-tools.js';
import { converse, fakeTool, type FakeTool } from './helpers.js';

const NOTE = 'Note: answered by the rule-based offline model; no language model was asked.';

function delegate(
  agent: string,
  description: string,
  answer: (task: string) => string = () => `${agent} is done.`,
): FakeTool {
  return fakeTool(
    `delegate_to_${agent}`,
    `Hands a task to the agent "${agent}" and returns its answer. ${description}`,
    z.strictObject({
      task: z.string().min(1).describe('The whole task for that agent, with all data it needs: it sees nothing else.'),
    }),
    ({ task }) => answer(task),
  );
}

function handoff(agent: string, description: string): FakeTool {
  return fakeTool(
    `transfer_to_${agent}`,
    `Lets the agent "${agent}" take over this conversation. ${description}`,
    z.strictObject({ reason: z.string() }),
    () => 'transferred',
  );
}

const analyst = delegate(
  'data-analyst',
  'Analyses numeric data: descriptive statistics, distribution, outliers, correlation.',
  () => `Figures:\n- count 5, mean 3, median 3\n\n${NOTE}`,
);
const engineer = delegate(
  'data-engineer',
  'Prepares data: reads and parses JSON and CSV, checks types and gaps, cleans and reshapes it.',
);
const writer = delegate('report-writer', 'Writes reports and summaries from results of others.');
const reviewer = delegate('code-reviewer', 'Reviews code for bugs and readability.');
const architect = delegate('system-architect', 'Judges and designs the structure of systems.');
const team = [analyst, engineer, writer];

function taskOf(calls: readonly { input: { task?: string } }[], at: number): string {
  return calls[at]?.input.task ?? '';
}

const names = (turns: readonly (readonly { name: string }[])[]): string[][] =>
  turns.map((turn) => turn.map(({ name }) => name));

describe('delegates', () => {
  it('keeps what its own tools can do', async () => {
    const { turns } = await converse('Analyze the dataset [1, 2, 3] and generate a report', [
      calculateMetrics,
      generateReport,
      ...team,
    ]);
    expect(names(turns)).toEqual([['calculate_metrics'], ['generate_report']]);
  });

  it('hands each piece to the agent that fits it, one after the other where one builds on the other', async () => {
    const { turns } = await converse('Analyze the dataset [1, 2, 3, 4, 5] and generate a report', team);
    expect(names(turns)).toEqual([['delegate_to_data-analyst'], ['delegate_to_report-writer']]);
  });

  it('puts the data into the task', async () => {
    const { calls } = await converse('Analyze the dataset [1, 2, 3, 4, 5] and generate a report', team);
    expect(taskOf(calls, 0)).toContain('[1, 2, 3, 4, 5]');
  });

  it('puts the results so far into a task that builds on them, without their notes', async () => {
    const { calls } = await converse('Analyze the dataset [1, 2, 3, 4, 5] and generate a report', team);
    const task = taskOf(calls, 1);
    expect(task).toContain('mean 3');
    expect(task).not.toContain('Note:');
  });

  it('hands out independent pieces in the same turn', async () => {
    const { turns } = await converse(
      'Review the code in src/ and judge the architecture, then write a summary report of both',
      [reviewer, architect, writer],
    );
    expect(names(turns)).toEqual([
      ['delegate_to_code-reviewer', 'delegate_to_system-architect'],
      ['delegate_to_report-writer'],
    ]);
  });

  it('does its own part and hands out the rest', async () => {
    const { turns } = await converse('Analyze the dataset [1, 2, 3] and generate a report', [calculateMetrics, writer]);
    expect(names(turns)).toEqual([['calculate_metrics'], ['delegate_to_report-writer']]);
  });

  it('waits with its own part for the answer that it needs', async () => {
    const { turns, calls } = await converse('Analyze the dataset [1, 2, 3, 4, 5] and generate a report', [
      analyst,
      generateReport,
    ]);
    expect(names(turns)).toEqual([['delegate_to_data-analyst'], ['generate_report']]);
    expect(calls[1]?.input).toMatchObject({ metrics: { mean: 3, median: 3, count: 5 } });
  });

  it('reads a file itself before it hands out the work on it', async () => {
    const { turns, calls } = await converse('Analyze data.csv', [readFile({ 'data.csv': 'a,b\n1,2\n' }), analyst]);
    expect(names(turns)).toEqual([['read_file'], ['delegate_to_data-analyst']]);
    expect(taskOf(calls, 1)).toContain('a,b');
  });

  it('tells who answered what, without the notes of others', async () => {
    const { text } = await converse('Analyze the dataset [1, 2, 3, 4, 5] and generate a report', team);
    expect(text).toContain('From data analyst:');
    expect(text).toContain('From report writer:');
    expect(text.split(NOTE)).toHaveLength(2);
  });

  it('reports the failure of one and gives the answers of the others', async () => {
    const broken = delegate('code-reviewer', 'Reviews code for bugs.', () => {
      throw new Error('out of budget');
    });
    const { turns, text } = await converse('Review the code in src/ and judge the architecture', [broken, architect]);
    expect(turns).toHaveLength(1);
    expect(text).toContain('failed: out of budget');
    expect(text).toContain('system-architect is done.');
  });

  it('hands nothing to anybody for a greeting', async () => {
    expect((await converse('Hello there', team)).calls).toEqual([]);
  });

  it('hands nothing to somebody whom the task does not fit', async () => {
    expect((await converse('Who was the first emperor of Rome?', team)).calls).toEqual([]);
  });
});

describe('handoffs', () => {
  const billing = handoff('billing', 'Handles invoices, refunds and payments.');
  const support = handoff('support', 'Handles technical problems: crashes, errors, installation.');

  it.each([
    ['I want a refund for my last invoice', 'transfer_to_billing'],
    ['The installation crashes', 'transfer_to_support'],
  ])('%s -> %s', async (ask, tool) => {
    const { calls } = await converse(ask, [billing, support]);
    expect(calls).toEqual([{ name: tool, input: { reason: ask } }]);
  });

  it('hands over nothing that its own tools can do', async () => {
    const { calls } = await converse('Calculate the mean of these payments: 1, 2, 3', [calculateMetrics, billing]);
    expect(calls.map(({ name }) => name)).toEqual(['calculate_metrics']);
  });

  it('hands over nothing that fits nobody', async () => {
    expect((await converse('Tell me a joke', [billing, support])).calls).toEqual([]);
  });

  it('transfers to nobody twice', async () => {
    const { calls } = await converse('refund refund refund', [billing]);
    expect(calls).toHaveLength(1);
  });
});

import { describe, expect, it } from 'vitest';
import { calculateMetrics, generateReport, readFile } from './fake-tools.js';
import { ask, converse } from './helpers.js';
import { readBriefing } from '../src/text/briefing.js';

const NOTE = 'Note: answered by the rule-based offline model; no language model was asked.';
const figures = `Figures:\n- sales: count 2, mean 1.5, median 1.5\n- costs: count 2, mean 2.5, median 2.5\n- Correlation of sales and costs: 0.5 (moderate positive)\n\n${NOTE}`;

describe('answering from the results of several', () => {
  const request = `Goal: Compare sales and costs\n\n# Results\n## Result of t1 (data-analyst)\nTask: Analyse both\n\n${figures}\n\n## Result of t2 (code-reviewer)\nTask: Review it\n\nNo problems.\n\n## No result of t3 (data-engineer)\nTask: Clean it\nReason: The file is not there.\n\nWrite the answer to the goal.`;

  it('gives each result, who did what, and what is missing', async () => {
    const text = await ask(request);
    for (const words of [
      'mean 1.5',
      'No problems.',
      't1 (data-analyst): Analyse both',
      't2 (code-reviewer): Review it',
      'Missing: t3 (data-engineer). The file is not there.',
    ]) {
      expect(text).toContain(words);
    }
  });

  it('says once that no language model was asked', async () => {
    expect((await ask(request)).split(NOTE)).toHaveLength(2);
  });

  it('says so where there is no result at all', async () => {
    const text = await ask(
      'Goal: Clean it\n\n# Results\n## No result of t1 (nobody)\nTask: Clean it\nReason: It failed.\n\nWrite the answer to the goal.',
    );
    expect(text).toContain('There is no result for: Clean it');
    expect(text).toContain('It failed.');
  });

  it('calls nothing, whatever tools are at hand', async () => {
    expect((await converse(request, [calculateMetrics, generateReport])).calls).toEqual([]);
  });

  it('takes no number of a result for data to analyse', async () => {
    expect(await ask(request)).not.toContain('computed here');
  });
});

describe('working on the results of others', () => {
  const task = `Write a report on them\n\n# Results of the tasks before this one\n## Result of task t1 (data-analyst)\n${figures}`;

  it('puts their figures and their words into a report', async () => {
    const { calls, misfits } = await converse(task, [generateReport]);
    expect(misfits).toEqual([]);
    expect(calls).toMatchObject([
      {
        name: 'generate_report',
        input: {
          title: 'Report on the results of data-analyst',
          metrics: { 'sales mean': 1.5, 'costs median': 2.5, 'correlation sales costs': 0.5 },
          sections: [{ body: expect.stringContaining('Figures') as string }],
        },
      },
    ]);
  });

  it('takes their notes out', async () => {
    const { calls } = await converse(task, [generateReport]);
    expect(JSON.stringify(calls)).not.toContain('rule-based');
  });
});

describe('readBriefing', () => {
  it('leaves a text without results as it is', () => {
    expect(readBriefing('Analyse [1, 2]')).toEqual({ ask: 'Analyse [1, 2]', given: [], isClosing: false });
  });

  it.each([
    '# Results so far',
    '## Results',
    'Results so far:',
    '# Results of the tasks before this one',
    '## Previous results',
  ])('sees results below "%s"', (heading) => {
    expect(readBriefing(`Do it\n\n${heading}\nthe text`)).toMatchObject({
      ask: 'Do it',
      given: [{ text: 'the text', isMissing: false }],
    });
  });

  it('sees no results where the word only stands in a sentence', () => {
    expect(readBriefing('Write down the results of the analysis: they matter.').given).toEqual([]);
  });
});

describe('answers of several agents to one task', () => {
  const request =
    'Review the code in src/\n\n# Answers to bring together\n## Answer 1\nFine.\n\n## Answer 2\nNot fine.';

  it('are brought together, and the task is not done again', async () => {
    const { calls, text } = await converse(request, [readFile({}), generateReport]);
    expect(calls).toEqual([]);
    expect(text).toContain('## answer 1\nFine.');
    expect(text).toContain('## answer 2\nNot fine.');
  });

  it('can be the answer of the step before, on which the next one works', async () => {
    const task = `Analyse [1, 2, 3] and write a report\n\n# Answer of the step before\n${figures}`;
    const { calls } = await converse(task, [generateReport]);
    expect(calls).toMatchObject([
      { name: 'generate_report', input: { metrics: { 'sales mean': 1.5 }, data: [1, 2, 3] } },
    ]);
  });
});

it('does not take the files whose results come with a task for files to write', async () => {
  const task = `Write one report that brings these results together: a.csv, b.csv.\n\n# Results\n## Result of a.csv\n${figures}`;
  const { calls, text } = await converse(task, [generateReport]);
  expect(calls.map(({ name }) => name)).toEqual(['generate_report']);
  expect(text).not.toContain('No tool');
});

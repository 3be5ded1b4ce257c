import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { converse } from './helpers.js';

const taskSchema = z.strictObject({
  id: z.string(),
  description: z.string(),
  agent: z.string().nullable(),
  template: z.string().nullable(),
  parameters: z.string().nullable(),
  dependsOn: z.array(z.string()),
});
const planSchema = z.strictObject({ tasks: z.array(taskSchema) });
type Task = z.output<typeof taskSchema>;

const AGENTS = [
  {
    agent: 'data-analyst',
    description: 'Analyses numeric data: descriptive statistics, distribution, outliers, correlation.',
    tools: ['calculate_metrics', 'generate_report'],
  },
  {
    agent: 'data-engineer',
    description: 'Prepares data: reads and parses JSON and CSV, cleans, converts and reshapes it.',
    tools: ['json_parse', 'csv_parse'],
  },
];
const none = { type: 'object', properties: {} };
const TEMPLATES = [
  { template: 'report-writer', description: 'Writes reports and summaries from results of others.', parameters: none },
  {
    template: 'code-reviewer',
    description: 'Reviews code: bugs, readability.',
    parameters: { type: 'object', properties: { language: { type: 'string' } }, required: ['language'] },
  },
  { template: 'security-analyst', description: 'Looks for vulnerabilities and unsafe use of input.', parameters: none },
  { template: 'system-architect', description: 'Judges and designs the structure of systems.', parameters: none },
];

const lines = (values: readonly object[]): string => values.map((value) => `- ${JSON.stringify(value)}`).join('\n');
const requestFor = (goal: string, more = ''): string =>
  `Goal: ${goal}\n\nAgents:\n${lines(AGENTS)}\n\nTemplates:\n${lines(TEMPLATES)}\n\nWrite the plan.${more}`;

const shaped = (schema: z.ZodType): object => ({
  outputSchema: { name: 'answer', schema: z.toJSONSchema(schema), isStrict: true },
});

async function tasksFor(goal: string, more = ''): Promise<Task[]> {
  const { text } = await converse(requestFor(goal, more), [], shaped(planSchema));
  return planSchema.parse(JSON.parse(text)).tasks;
}

const who = (tasks: readonly Task[]): (string | null)[] => tasks.map(({ agent, template }) => agent ?? template);

describe('splitting a goal', () => {
  it('makes a task of each piece and lets a report wait for all of them', async () => {
    const tasks = await tasksFor('Analyse sales [1, 2, 3], clean the file data.csv and write a summary report');
    expect(who(tasks)).toEqual(['data-analyst', 'data-engineer', 'report-writer']);
    expect(tasks.map(({ dependsOn }) => dependsOn)).toEqual([[], [], ['t1', 't2']]);
  });

  it('runs independent pieces at the same time', async () => {
    const tasks = await tasksFor('Analyse [1, 2, 3] and analyse [4, 5, 6]');
    expect(tasks.map(({ dependsOn }) => dependsOn)).toEqual([[], []]);
  });

  it('lets what follows wait for what is before it', async () => {
    const tasks = await tasksFor('Parse the CSV file data.csv, then analyse the numbers');
    expect(tasks.map(({ dependsOn }) => dependsOn)).toEqual([[], ['t1']]);
  });

  it('lets a comparison of both wait for both', async () => {
    const tasks = await tasksFor('Analyse sales [1, 2, 3] and analyse costs [4, 5, 6], then compare both');
    expect(tasks.at(-1)?.dependsOn).toEqual(['t1', 't2']);
  });

  it('copies the data into every task that works on it', async () => {
    const tasks = await tasksFor('Here are the sales: 3, 4, 5. Analyse them. Plot the sales as a chart.');
    expect(tasks[0]?.description).toContain('3, 4, 5');
    expect(tasks).not.toHaveLength(0);
  });

  it('gives a report the numbers beside the results', async () => {
    const tasks = await tasksFor('Analyse the dataset [1, 2, 3] and write a report');
    expect(tasks.at(-1)?.description).toContain('[1, 2, 3]');
  });

  it('tells the background to every task', async () => {
    const tasks = await tasksFor('Our shop sells shoes. Analyse the sales 3, 4, 5. Clean the file data.csv.');
    for (const { description } of tasks) expect(description).toContain('Our shop sells shoes');
  });

  it('makes one task of a goal with one piece', async () => {
    expect(await tasksFor('Analyse [1, 2, 3]')).toMatchObject([{ agent: 'data-analyst', dependsOn: [] }]);
  });

  it('needs four agents where the goal does, two of them from templates', async () => {
    const tasks = await tasksFor(
      'Analyse the sales [3, 4, 5], parse the JSON {"a": 1}, look for vulnerabilities in this code:\n```ts\neval(x)\n```\nand then write a report on the results',
    );
    expect(who(tasks)).toEqual(['data-analyst', 'data-engineer', 'security-analyst', 'report-writer']);
    expect(tasks.at(-1)?.dependsOn).toEqual(['t1', 't2', 't3']);
  });
});

describe('choosing who does it', () => {
  it.each([
    ['Calculate the mean of 1, 2, 3', 'data-analyst'],
    ['Convert this CSV to JSON: a,b\n1,2', 'data-engineer'],
    ['Find vulnerabilities in src/login.ts', 'security-analyst'],
    ['Design the module structure of a chat server', 'system-architect'],
    ['Review the TypeScript code in src/', 'code-reviewer'],
    ['Summarise the findings in a report', 'report-writer'],
  ])('%s -> %s', async (goal, name) => {
    expect(who(await tasksFor(goal))).toEqual([name]);
  });

  it('fills the required parameters of a template from the words', async () => {
    const [task] = await tasksFor('Review the TypeScript code in src/');
    expect(JSON.parse(task?.parameters ?? '{}')).toEqual({ language: 'typescript' });
  });

  it('names an agent or a template, never both and never somebody who is not listed', async () => {
    const words = fc.constantFrom(
      'analyse',
      'the code',
      'write a report',
      'then',
      'and',
      '[1, 2, 3]',
      'security',
      'clean',
      'data.csv',
      '.',
      'plot',
      'based on the results',
      'design',
      'summarise',
    );
    const known = new Set([...AGENTS.map(({ agent }) => agent), ...TEMPLATES.map(({ template }) => template)]);
    await fc.assert(
      fc.asyncProperty(fc.array(words, { minLength: 1, maxLength: 12 }), async (parts) => {
        const tasks = await tasksFor(parts.join(' '));
        expect(tasks.length).toBeGreaterThan(0);
        expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length);
        for (const [at, task] of tasks.entries()) {
          expect([task.agent === null, task.template === null].filter(Boolean)).toHaveLength(1);
          expect(known).toContain(task.agent ?? task.template);
          expect(task.description.trim()).not.toBe('');
          const earlier = tasks.slice(0, at).map(({ id }) => id);
          for (const id of task.dependsOn) expect(earlier).toContain(id);
        }
      }),
      { numRuns: 80 },
    );
  }, 30_000);
});

describe('what was planned before', () => {
  it('does not name again who was refused', async () => {
    const problems =
      '\n\nYour last plan cannot be used:\n- Task "t1": template "security-analyst" may not be used. Allowed: code-reviewer.\nWrite a corrected plan.';
    expect(who(await tasksFor('Look for vulnerabilities in the code', problems))).not.toContain('security-analyst');
  });

  it('keeps to a number of tasks that it is told', async () => {
    const problems =
      '\n\nYour last plan cannot be used:\n- The plan has 3 tasks; at most 2 are allowed. Join some.\nWrite a corrected plan.';
    const tasks = await tasksFor('Analyse [1, 2]. Clean data.csv. Review the Go code in a.go.', problems);
    expect(tasks.length).toBeLessThanOrEqual(2);
  });

  it('plans again only what failed, with new ids, by somebody else', async () => {
    const more =
      '\n\nThese tasks are done; new tasks may depend on them by id:\n- t1: Analyse [1, 2]\n\nThese failed or could not start:\n- t2: Review the Go code in a.go (TOOL_FAILED: no such file)\n- t3: Write a report (not started: a task before it failed)\n\nWrite a plan for what is left, with new ids, in another way than the one that failed.';
    const tasks = await tasksFor('Analyse [1, 2], review the Go code in a.go, then write a report', more);
    expect(tasks.map(({ id }) => id)).toEqual(['t2-again', 't3-again']);
    expect(tasks[0]).toMatchObject({ dependsOn: ['t1'] });
    expect(who(tasks)[0]).not.toBe('code-reviewer');
    expect(tasks[1]?.dependsOn).toEqual(['t1', 't2-again']);
  });
});

describe('other shapes of plans and lists', () => {
  it('writes a plan in the words of another schema', async () => {
    const schema = z.strictObject({
      summary: z.string(),
      steps: z.array(
        z.strictObject({
          key: z.string(),
          goal: z.string(),
          assignee: z.enum(['analyst', 'writer']),
          after: z.array(z.string()).optional(),
          title: z.string().max(80),
        }),
      ),
    });
    const { text } = await converse('Analyse [1, 2, 3] and write a report', [], {
      ...shaped(schema),
      instructions: 'You plan.\n\n## Agents\n- analyst: analyses data\n- writer: writes reports',
    });
    const plan = schema.parse(JSON.parse(text));
    expect(plan.steps.map(({ assignee }) => assignee)).toEqual(['analyst', 'writer']);
    expect(plan.steps[1]?.after).toEqual(['t1']);
  });

  it('reads agents from JSON in the instructions', async () => {
    const roster = JSON.stringify({
      agents: [{ name: 'numbers', description: 'analyses data' }],
      templates: [{ name: 'scribe', description: 'writes reports' }],
    });
    const { text } = await converse('Analyse [1, 2, 3] and write a report', [], {
      ...shaped(planSchema),
      instructions: roster,
    });
    expect(who(planSchema.parse(JSON.parse(text)).tasks)).toEqual(['numbers', 'scribe']);
  });

  it('takes the names that the schema allows where no list is given', async () => {
    const schema = z.strictObject({
      tasks: z.array(z.strictObject({ description: z.string(), agent: z.enum(['reviewer', 'analyst']) })),
    });
    const { text } = await converse('Analyse [1, 2, 3]', [], shaped(schema));
    expect(schema.parse(JSON.parse(text)).tasks).toMatchObject([{ agent: 'analyst' }]);
  });

  it('takes no other schema with a list for a plan', async () => {
    const schema = z.strictObject({ tasks: z.array(z.string()), summary: z.string() });
    const { text } = await converse('Hello', [], shaped(schema));
    expect(schema.parse(JSON.parse(text)).tasks).toEqual([]);
  });
});

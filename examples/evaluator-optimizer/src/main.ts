import { defineTool } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { prepareExample } from '@master-orchestrator/example-support';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';
import { z } from 'zod';
import { improve } from './improve.js';

// What the customer wants to read. The evaluator knows it, the writer does not.
const BRIEF = [
  { must: 'visitors', wish: 'Analyze the visitors [120, 132, 118, 125, 140].' },
  { must: 'revenue', wish: 'Analyze the revenue [610, 655, 590, 622, 701].' },
];

const checkAgainstBrief = defineTool({
  name: 'check_against_brief',
  description: 'Checks a text against the brief of the customer. problems lists what is missing in it.',
  category: 'analysis',
  accessLevel: 'restricted',
  effect: 'pure',
  inputSchema: z.object({ text: z.string().min(1).describe('The whole text to check.') }),
  outputSchema: z.object({ valid: z.boolean(), problems: z.array(z.string()) }),
  async execute({ text }) {
    const missing = BRIEF.filter(({ must }) => !text.toLowerCase().includes(must));
    return { valid: missing.length === 0, problems: missing.map(({ wish }) => wish) };
  },
});

const { config, model } = await prepareExample();
await using orchestrator = await createOrchestrator({
  config,
  plugins: [model, analysisToolsPlugin()],
  tools: [checkAgainstBrief],
});
const writer = await orchestrator.createAgent({
  name: 'writer',
  instructions: 'You write short summaries of numbers. Calculate with calculate_metrics, and name each series.',
  tools: ['calculate_metrics'],
});
const evaluator = await orchestrator.createAgent({
  name: 'evaluator',
  instructions:
    'You check texts with check_against_brief and answer with its problems as they are. Pass what has none, revise the rest.',
  tools: ['check_against_brief'],
});

const { text, isAccepted, rounds } = await improve(orchestrator, {
  writer,
  evaluator,
  task: 'Analyze the visitors [120, 132, 118, 125, 140].',
  onRound: ({ verdict, problems }) =>
    console.log(`${verdict}${problems.map((problem) => `\n  missing: ${problem}`).join('')}`),
});
console.log(`\n${text}\n\n${isAccepted ? 'Accepted' : 'Not accepted'} after ${rounds.length} rounds.`);

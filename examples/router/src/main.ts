import { createOrchestrator } from '@master-orchestrator/core';
import { prepareExample } from '@master-orchestrator/example-support';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';
import { createRouter } from './route.js';

const { config, model } = await prepareExample();
await using orchestrator = await createOrchestrator({ config, plugins: [model, analysisToolsPlugin()] });

const route = await createRouter(orchestrator, {
  'data-analyst': {
    goodFor: 'numbers, tables, statistics',
    agentId: await orchestrator.createAgent({
      name: 'data-analyst',
      instructions: 'You answer questions about numbers. Calculate with calculate_metrics.',
      tools: ['calculate_metrics'],
    }),
  },
  'code-reviewer': {
    goodFor: 'source code in any language',
    agentId: await orchestrator.createAgent({
      name: 'code-reviewer',
      instructions: 'You review code. Check its syntax with validate_code.',
      tools: ['validate_code'],
    }),
  },
  writer: {
    goodFor: 'everything that is to be written',
    agentId: await orchestrator.createAgent({ name: 'writer', instructions: 'You write what is asked for, briefly.' }),
  },
});

// All requests are on their way at the same time; each takes the way of its own.
const requests = [
  'Analyze the waiting times [12, 7, 3, 21, 9].',
  'Review this code:\n```js\nexport const last = (list) => list[list.length - 1;\n```',
  'Write a greeting for our new colleague.',
];
const answers = await Promise.all(requests.map(route));
for (const [index, { name, result }] of answers.entries()) {
  console.log(`${requests[index]}\n-> ${name}\n${result.text}\n`);
}

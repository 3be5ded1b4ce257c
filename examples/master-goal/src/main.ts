import { createOrchestrator } from '@master-orchestrator/core';
import { prepareExample, showSteps } from '@master-orchestrator/example-support';
import { AgentFactory, type ExecutedTask } from '@master-orchestrator/factory';
import { dataTemplatesPlugin } from '@master-orchestrator/templates-data';
import { developmentTemplatesPlugin } from '@master-orchestrator/templates-development';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';
import { dataToolsPlugin } from '@master-orchestrator/tools-data';
import { filesToolsPlugin } from '@master-orchestrator/tools-files';
import { reportingToolsPlugin } from '@master-orchestrator/tools-reporting';
import { resolve } from 'node:path';

const outputDir = resolve('reports');
const goal =
  process.argv[2] ??
  [
    'Analyze the response times [41, 48, 52, 55, 44, 39, 40, 46].',
    'Parse this JSON: {"orders":[{"id":1,"cups":2},{"id":2,"cups":5}]}.',
    'Review this code:\n```js\nexport const newest = (list) => list.toSorted().slice(0, 100);\n```\n',
    'Generate a report of all findings.',
  ].join('\n');

const { config, model } = await prepareExample();
const plugins = [
  model,
  filesToolsPlugin({ roots: [{ path: import.meta.dirname, isReadOnly: true }] }),
  dataToolsPlugin(),
  analysisToolsPlugin(),
  reportingToolsPlugin({ outputDir }),
  dataTemplatesPlugin(),
  developmentTemplatesPlugin(),
];
await using orchestrator = await createOrchestrator({ config, plugins });
showSteps(orchestrator);
const factory = new AgentFactory(orchestrator);

// Two agents are there. What they cannot do is done by agents the master makes from these templates, for this goal.
const team = [
  await factory.createAgent('data-analyst', { tools: ['calculate_metrics'] }),
  await factory.createAgent('data-engineer', { tools: ['json_parse', 'csv_parse'] }),
];
const master = await factory.createMaster({ team, templates: ['code-reviewer', 'report-writer'], maxNewAgents: 4 });
const result = await master.achieve(goal, {
  budget: { tokens: 500_000 },
  approvePlan(tasks) {
    console.log('Plan:');
    for (const { id, agent, template, dependsOn, description } of tasks) {
      const who = agent ?? `new agent from ${template}`;
      console.log(
        `  ${id} (${who}${dependsOn.length > 0 ? `, after ${dependsOn.join(', ')}` : ''}): ${description.split('\n')[0]}`,
      );
    }
    return true;
  },
});

console.log(`\n${result.text}\n\nGoal ${result.status}. Who did what:`);
for (const task of result.tasks) console.log(`  ${whoDidWhat(task)}`);
console.log(`${result.createdAgents.length} agents were made for the goal; reports in ${outputDir}`);

function whoDidWhat({ id, agentName, isMadeForGoal, status, durationMs, usage, costUsd }: ExecutedTask): string {
  const made = isMadeForGoal === true ? ', made for this goal' : '';
  const tokens = usage === undefined ? 0 : usage.inputTokens + usage.outputTokens;
  const cost = costUsd === undefined ? 'price unknown' : `$${costUsd.toFixed(4)}`;
  return `${id}: ${agentName ?? 'nobody'}${made}: ${status} in ${Math.round(durationMs ?? 0)} ms, ${tokens} tokens, ${cost}`;
}

import { createOrchestrator } from '@master-orchestrator/core';
import { prepareExample, showSteps } from '@master-orchestrator/example-support';
import { AgentFactory } from '@master-orchestrator/factory';
import { dataTemplatesPlugin } from '@master-orchestrator/templates-data';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';
import { dataToolsPlugin } from '@master-orchestrator/tools-data';
import { reportingToolsPlugin } from '@master-orchestrator/tools-reporting';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const dataFolder = join(import.meta.dirname, '..', 'data');
const outputDir = resolve(process.argv[2] ?? 'reports');

const { config, model } = await prepareExample();
const plugins = [
  model,
  dataToolsPlugin(),
  analysisToolsPlugin(),
  reportingToolsPlugin({ outputDir }),
  dataTemplatesPlugin(),
];
await using orchestrator = await createOrchestrator({ config, plugins });
showSteps(orchestrator);
const team = await new AgentFactory(orchestrator).createDataAnalysisTeam({
  tools: ['csv_parse', 'calculate_metrics', 'generate_report'],
});

// One task per dataset. All three run at the same time, and each ends as it ends: a failure of one stops no other.
const files = (await readdir(dataFolder)).filter((file) => file.endsWith('.csv')).sort();
const ids = [];
for (const file of files) {
  const content = await readFile(join(dataFolder, file), 'utf8');
  const description = `Analyze the data of ${file}.\n\n${content}`;
  ids.push(await orchestrator.createTask({ description, agentId: team.dataAnalyst, labels: { file } }));
}
const settled = await orchestrator.executeTasks(ids);

// One report of what came back.
const results = settled.map((each, index) => {
  const file = files[index] ?? '';
  return each.status === 'completed'
    ? `## Result of ${file}\n${each.result.text}`
    : `## No result of ${file}\n${each.error.message}`;
});
const reportId = await orchestrator.createTask({
  description: `Generate one report of the results of ${files.join(', ')}.\n\n# Results\n${results.join('\n\n')}`,
  agentId: team.reportWriter,
});
const report = await orchestrator.executeTask(reportId);
console.log(`\n${report.text}\n`);
console.log(
  `${settled.filter(({ status }) => status === 'completed').length} of ${files.length} datasets analysed; reports in ${outputDir}`,
);

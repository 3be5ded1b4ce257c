import { createOrchestrator } from '@master-orchestrator/core';
import { prepareExample, showSteps } from '@master-orchestrator/example-support';
import { AgentFactory } from '@master-orchestrator/factory';
import { developmentTemplatesPlugin } from '@master-orchestrator/templates-development';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';
import { filesToolsPlugin } from '@master-orchestrator/tools-files';
import { reportingToolsPlugin } from '@master-orchestrator/tools-reporting';
import { basename, join, resolve } from 'node:path';
import { architectureInWords, reviewInWords } from './in-words.js';

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
const outputDir = resolve(process.argv[3] ?? 'reports');
const project = basename(folder);

const { config, model } = await prepareExample();
// The agents may read this one folder, and write nothing: the report goes to a folder of its own, by its own tool.
await using orchestrator = await createOrchestrator({
  config,
  plugins: [
    model,
    filesToolsPlugin({ roots: [{ path: folder, isReadOnly: true }] }),
    analysisToolsPlugin(),
    reportingToolsPlugin({ outputDir }),
    developmentTemplatesPlugin(),
  ],
});
showSteps(orchestrator);
const team = await new AgentFactory(orchestrator).createDevelopmentTeam({
  tools: ['list_directory', 'read_file', 'validate_code', 'generate_report'],
});

// Stages 1 and 2 look at the same folder at the same time. One that fails does not stop the other.
const reviewId = await orchestrator.createTask({
  description: 'Review the code in the folder .',
  agentId: team.codeReviewer,
});
const architectureId = await orchestrator.createTask({
  description: 'List the folder . and judge the architecture of the code in it.',
  agentId: team.architect,
});
const [review, architecture] = await orchestrator.executeTasks([reviewId, architectureId]);
const results = [
  `## Result of the review\n${reviewInWords(review)}`,
  `## Result of the architecture\n${architectureInWords(architecture)}`,
].join('\n\n');
console.log(`\n${results}\n`);

// Stage 3 compiles one report from both.
const reportId = await orchestrator.createTask({
  description: `Generate one report on the project ${project}.\n\n# Results\n${results}`,
  agentId: team.documentation,
});
const report = await orchestrator.executeTask(reportId);
console.log(`\n${report.text}\n\nReports in ${outputDir}`);

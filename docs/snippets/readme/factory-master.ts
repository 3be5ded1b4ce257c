import { createOrchestrator } from '@master-orchestrator/core';
import { AgentFactory } from '@master-orchestrator/factory';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { dataTemplatesPlugin } from '@master-orchestrator/templates-data';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';
import { dataToolsPlugin } from '@master-orchestrator/tools-data';
import { reportingToolsPlugin } from '@master-orchestrator/tools-reporting';

const orchestrator = await createOrchestrator({
  plugins: [
    offlineModelPlugin(),
    analysisToolsPlugin(),
    dataToolsPlugin(),
    reportingToolsPlugin(),
    dataTemplatesPlugin(),
  ],
});
const factory = new AgentFactory(orchestrator);
const team = await factory.createDataAnalysisTeam({ tools: ['calculate_metrics', 'generate_report'] });
// #region master
const master = await factory.createMaster({ team, templates: ['report-writer'] });
const result = await master.achieve('Analyse the revenue 120, 135, 128, 160 and write a report');
console.log(result.text);
for (const task of result.tasks) console.log(task.id, task.agentName, task.status, task.costUsd);
// #endregion
await orchestrator.shutdown();

import { createOrchestrator } from '@master-orchestrator/core';
import { AgentFactory } from '@master-orchestrator/factory';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { dataTemplatesPlugin } from '@master-orchestrator/templates-data';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';
import { reportingToolsPlugin } from '@master-orchestrator/tools-reporting';

const plugins = [offlineModelPlugin(), analysisToolsPlugin(), reportingToolsPlugin(), dataTemplatesPlugin()];
const orchestrator = await createOrchestrator({ plugins });
const factory = new AgentFactory(orchestrator);
const team = await factory.createDataAnalysisTeam({ tools: ['calculate_metrics', 'generate_report'] });
const description = 'Analyze the dataset [1, 2, 3, 4, 5] and generate a report';
const taskId = await orchestrator.createTask({ description, agentId: team.dataAnalyst });
console.log((await orchestrator.executeTask(taskId)).text);
await orchestrator.shutdown();

import { createOrchestrator } from '@master-orchestrator/core';
import { AgentFactory } from '@master-orchestrator/factory';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { developmentTemplatesPlugin } from '@master-orchestrator/templates-development';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';
import { filesToolsPlugin } from '@master-orchestrator/tools-files';

const plugins = [
  offlineModelPlugin(),
  analysisToolsPlugin(),
  filesToolsPlugin({ roots: ['.'] }),
  developmentTemplatesPlugin(),
];
const orchestrator = await createOrchestrator({ plugins });
const factory = new AgentFactory(orchestrator);
const team = await factory.createDevelopmentTeam({ languages: ['typescript'] });
const taskId = await orchestrator.createTask({ description: 'Review the code in src/', agentId: team.codeReviewer });
console.log((await orchestrator.executeTask(taskId)).output); // { summary, verdict, findings: [{ file, line, … }], … }
await orchestrator.shutdown();

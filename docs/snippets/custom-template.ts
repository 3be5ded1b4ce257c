import { defineTemplate } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { AgentFactory } from '@master-orchestrator/factory';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';
import { z } from 'zod';

const statistician = defineTemplate({
  name: 'statistician',
  description: 'Calculates figures of a list of numbers.',
  parameters: z.object({ tone: z.enum(['short', 'detailed']).default('short') }),
  build: ({ tone }) => ({
    name: `${tone}-statistician`,
    instructions: `Calculate what is asked with calculate_metrics. Be ${tone}.`,
    tools: ['calculate_metrics'],
    limits: { turns: 6 },
  }),
});

await using orchestrator = await createOrchestrator({ plugins: [offlineModelPlugin(), analysisToolsPlugin()] });
const factory = new AgentFactory(orchestrator);
factory.addTemplate(statistician);
const agentId = await factory.createAgent('statistician', { tone: 'detailed' });
const taskId = await orchestrator.createTask({ description: 'What is the mean of 4, 8 and 15?', agentId });
console.log((await orchestrator.executeTask(taskId)).text);

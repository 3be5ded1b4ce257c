// What a user of core and one tool plugin runs: a model, that is this file's own, asks for a tool, and the tool answers.
import { createOrchestrator } from '@master-orchestrator/core';
import { dataToolsPlugin } from '@master-orchestrator/tools-data';

const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, reasoningTokens: 0 };
const call = { type: 'tool-call', callId: 'call_1', name: 'json_parse', arguments: '{"text":"{\\"answer\\":42}"}' };
const model = {
  name: 'own',
  origin: 'own',
  models: ['own'],
  describe: () => ({}),
  async respond({ items }) {
    const result = items.find(({ type }) => type === 'tool-result');
    if (result === undefined) return { items: [call], usage, finish: 'tool_calls' };
    return { items: [{ type: 'message', role: 'assistant', content: result.output }], usage, finish: 'stop' };
  },
};

const modelPlugin = {
  specificationVersion: 'v1',
  name: 'own-model',
  version: '1.0.0',
  contributes: { models: [model] },
};
const orchestrator = await createOrchestrator({ plugins: [modelPlugin, dataToolsPlugin()] });
const agentId = await orchestrator.createAgent({ name: 'reader', instructions: 'Read JSON.', tools: ['json_parse'] });
const taskId = await orchestrator.createTask({ description: 'Parse {"answer":42}', agentId });
const { text } = await orchestrator.executeTask(taskId);
await orchestrator.shutdown();
if (!/"answer":\s*42/.test(text)) throw new Error(`The tool was not used: ${text}`);
console.log(`json_parse answered ${text.replaceAll(/\s+/g, '')}`);

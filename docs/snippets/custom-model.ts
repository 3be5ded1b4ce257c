import type { ModelProvider, PluginV1 } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';

/** A model that counts the words it is given. */
const counter: ModelProvider = {
  name: 'counter',
  origin: 'local:counter', // breakers and limiters are kept by origin and model
  describe: () => ({ contextWindow: 8_000, maxOutputTokens: 100 }),
  async respond({ items }, { signal, onDelta }) {
    signal.throwIfAborted();
    const words = items.flatMap((item) =>
      item.type === 'message' && typeof item.content === 'string' ? item.content.split(/\s+/) : [],
    );
    const text = `${words.length} words`;
    onDelta?.({ type: 'text', text });
    return {
      items: [{ type: 'message', role: 'assistant', content: text }],
      usage: { inputTokens: words.length, outputTokens: 2, cachedInputTokens: 0, reasoningTokens: 0 },
      finish: 'stop',
    };
  },
};

const plugin: PluginV1 = {
  specificationVersion: 'v1',
  name: 'mao-plugin-counter',
  version: '1.0.0',
  contributes: { models: [counter] },
};

await using orchestrator = await createOrchestrator({ plugins: [plugin] });
const agentId = await orchestrator.createAgent({ name: 'counter', instructions: 'Count.', model: 'counter:words' });
const taskId = await orchestrator.createTask({ description: 'one two three', agentId });
console.log((await orchestrator.executeTask(taskId)).text);

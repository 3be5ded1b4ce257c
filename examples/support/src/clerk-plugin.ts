import type { AnyTool, ModelProvider, PluginV1 } from '@master-orchestrator/contracts';

/** A model that pays once and then tells what came of it. */
const clerk: ModelProvider = {
  name: 'clerk',
  origin: 'clerk',
  models: ['rules'],
  describe: () => ({}),
  respond: async ({ items }) => {
    const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, reasoningTokens: 0 };
    const last = items.at(-1);
    if (last?.type === 'tool-result')
      return {
        items: [{ type: 'message', role: 'assistant', content: `The bank says: ${last.output}` }],
        usage,
        finish: 'stop',
      };
    return {
      items: [{ type: 'tool-call', callId: 'c1', name: 'pay', arguments: '{"to":"Ada","amount":12}' }],
      usage,
      finish: 'tool_calls',
    };
  },
};

/** A clerk who pays Ada 12 with the tool `pay` that it is given. */
export function clerkPlugin(pay: AnyTool): PluginV1 {
  return {
    specificationVersion: 'v1',
    name: 'example-clerk',
    version: '1.0.0',
    contributes: { models: [clerk], tools: [pay] },
  };
}

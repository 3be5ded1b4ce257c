// #region plugin
import type { PluginV1, TaskEngine } from '@master-orchestrator/contracts';
import { createMemoryEngine, createOrchestrator } from '@master-orchestrator/core';

const plugin: PluginV1 = {
  specificationVersion: 'v1',
  name: 'mao-plugin-mine',
  version: '1.0.0',
  contributes: {
    engines: [
      {
        scheme: 'mine',
        // Yours: an engine for what stands behind the colon. Here the one of core, which keeps nothing.
        create: async (address, host): Promise<TaskEngine> => createMemoryEngine(host),
      },
    ],
  },
};
await using orchestrator = await createOrchestrator({
  config: { engine: { address: 'mine:somewhere' } },
  plugins: [plugin],
});
// #endregion
const { parts } = await orchestrator.health();
console.log(parts.map(({ name, status }) => `${name} ${status}`).join(', '));

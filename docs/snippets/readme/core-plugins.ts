// #region change
import { createOrchestrator } from '@master-orchestrator/core';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { dataTemplatesPlugin } from '@master-orchestrator/templates-data';

const orchestrator = await createOrchestrator({ plugins: [offlineModelPlugin()], onPluginFailure: 'disable' });
await orchestrator.addPlugin(dataTemplatesPlugin());
await orchestrator.replacePlugin(dataTemplatesPlugin());
await orchestrator.removePlugin('@master-orchestrator/templates-data');
console.log(orchestrator.plugins.list());
// #endregion
await orchestrator.shutdown();

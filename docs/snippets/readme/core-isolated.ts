// #region isolated
import { createOrchestrator, isolatedPlugin } from '@master-orchestrator/core';

const weather = await isolatedPlugin({
  module: new URL('plugins/weather.mjs', import.meta.url),
  factory: 'weatherToolsPlugin',
  options: { units: 'metric' },
  permissions: ['net', 'fs:read'],
  readRoots: ['/srv/weather'],
});
const orchestrator = await createOrchestrator({ plugins: [weather] });
// #endregion
const { output } = await orchestrator.tools.executeTool('current_weather', 'reporter', { city: 'Lisbon' });
console.log(output);
await orchestrator.shutdown();

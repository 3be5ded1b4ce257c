import { describeToolPlugin, startJsonServer, testToolContext } from '@master-orchestrator/testing';
import { weatherToolsPlugin } from '../src/index.js';

const service = await startJsonServer(() => [200, { temperatureC: 21 }]);

await describeToolPlugin(weatherToolsPlugin({ baseUrl: service.url }), {
  packageJson: new URL('../package.json', import.meta.url),
  context: () => ({ fetch: testToolContext().fetch }),
  examples: { current_weather: [{ city: 'Lisbon' }] },
});

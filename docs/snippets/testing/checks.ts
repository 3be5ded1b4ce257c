import { weatherToolsPlugin } from '../conformance/weather/src/index.js';
// #region checks
import { pluginChecks, runChecks, startJsonServer, testToolContext } from '@master-orchestrator/testing';

await using service = await startJsonServer(() => [200, { temperatureC: 21 }]);
const checks = pluginChecks(weatherToolsPlugin({ baseUrl: service.url }), {
  context: () => ({ fetch: testToolContext().fetch }),
});
const reports = await runChecks(checks, { baseline: ['current_weather/tool-examples'] });
for (const { outcome, name, found, why, fix } of reports) {
  if (outcome === 'fail') console.log(`${name}\n  ${found}\n  ${why}\n  ${fix}`);
}
// #endregion
console.log(reports.length > 10, reports.filter(({ outcome }) => outcome === 'fail').length);

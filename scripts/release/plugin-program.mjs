// What a user of the plugin that the check has scaffolded and published runs: its tool, called through an orchestrator.
// The plugin's name is the argument: there is no such package before the check has made it.
import { createOrchestrator } from '@master-orchestrator/core';
import { createServer } from 'node:http';

const { weatherToolsPlugin } = await import(process.argv[2]);
const service = createServer((request, response) => {
  const name = new URL(request.url, 'http://service').searchParams.get('name');
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ text: `About ${name}.` }));
});
await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve));
const host = `127.0.0.1:${service.address().port}`;
const orchestrator = await createOrchestrator({
  config: { tools: { allowPrivateHosts: [host] } },
  plugins: [weatherToolsPlugin({ baseUrl: `http://${host}/` })],
});
await orchestrator.grantToolAccess({ tool: 'weather_lookup', to: { agent: 'helper' } });
const { output, error } = await orchestrator.tools.executeTool('weather_lookup', 'helper', { name: 'Lisbon' });
await orchestrator.shutdown();
service.close();
if (output?.text !== 'About Lisbon.') throw new Error(`The tool gave ${JSON.stringify(output ?? error)}`);
console.log(`weather_lookup answered ${JSON.stringify(output.text)}`);

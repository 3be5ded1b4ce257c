import { defineTool } from '@master-orchestrator/contracts';
import { startJsonServer, testToolContext } from '@master-orchestrator/testing';
import { z } from 'zod';

await using service = await startJsonServer(({ query }) => [200, { city: query.get('city'), temperatureC: 21 }]);
const weather = defineTool({
  name: 'current_weather',
  description: 'Current temperature of a city, in degrees Celsius.',
  inputSchema: z.object({ city: z.string().min(1) }),
  effect: 'idempotent',
  execute: async ({ city }, { fetch, signal }) =>
    (await fetch(`${service.url}current?city=${encodeURIComponent(city)}`, { signal })).json(),
});

await using context = testToolContext();
console.log(await weather.execute({ city: 'Lisbon' }, context));

// #region registry
import { defineTool } from '@master-orchestrator/contracts';
import { ToolRegistry } from '@master-orchestrator/tools';
import { z } from 'zod';

const registry = new ToolRegistry();
registry.registerTool(
  defineTool({
    name: 'add',
    description: 'Adds two numbers.',
    inputSchema: z.object({ a: z.number(), b: z.number() }),
    effect: 'pure',
    execute: async ({ a, b }) => a + b,
  }),
);
await registry.grantToolAccess({ tool: 'add', to: { agent: 'clerk' } });

const result = await registry.executeTool('add', 'clerk', { a: 1, b: 2 });
console.log(result.output); // 3
// #endregion

// #region decorator
import type { ToolContext } from '@master-orchestrator/contracts';
import { tool, toolsOf } from '@master-orchestrator/tools';

class Weather {
  @tool({ description: 'Current weather.', inputSchema: z.object({ city: z.string() }), effect: 'idempotent' })
  async currentWeather({ city }: { city: string }, { fetch }: ToolContext) {
    return (await fetch(`https://api.example.com/${encodeURIComponent(city)}`)).json();
  }
}
for (const one of toolsOf(new Weather())) registry.registerTool(one);
// #endregion
console.log(registry.getTool('current_weather')?.description);
